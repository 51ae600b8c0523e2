#!/usr/bin/env bash
# ci/release stops at what is not so, and says what: its short checks, on a copy of this tree that is made
# ready for version 7.8.9 and then spoilt in one place. The long checks are commands of their own.
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree
mkdir "$tree"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --no-dereference -t "$tree"
cd "$tree"

# Neither the settings nor the results of whoever runs this.
unset CARGO_TARGET_DIR
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=Tester GIT_AUTHOR_EMAIL=tester@example.org
export GIT_COMMITTER_NAME=Tester GIT_COMMITTER_EMAIL=tester@example.org
short=(--only tree --only branch --only new --only versions --only changelog --only notes --only fixtures)
long=(checks tokens fuzz soak packages)
today=$(date -u +%F)

commit() {
    git add --all
    git commit --quiet --message "$1"
}

ready() { # a version, in a repository without a past
    rm -rf .git target
    git init --quiet --initial-branch=main
    # Nothing goes on behind a commit, in a tree that is removed at the end.
    git config gc.auto 0
    git add --all
    ci/set-version "$1" >/dev/null
    printf '# Changelog\n\n## [Unreleased]\n\n## [%s] - %s\n\n### Added\n\n- All of it.\n' "$1" "$today" >CHANGELOG.md
    mkdir -p docs/releases tests/stability
    printf '# parsec-pkcs11-ecc %s\n\nThe first one.\n\nSigned-off-by: A Person <person@example.org>\n' "$1" \
        >"docs/releases/$1.md"
    echo 'label parsec:INSTANCE:ID' >tests/stability/key-7.8.txt
    echo 'Keys: tests/stability/key-7.8.txt' >>docs/stability.md
    echo '// tests/stability/key-7.8.txt' >>tests/stability.rs
    commit "Ready for $1"
}

cases=0
output=$scratch/output
# The exit code, what is said, and the arguments of ci/release.
answers() {
    local code=0 expected=$1 said=$2
    shift 2
    ci/release "$@" >"$output" 2>&1 || code=$?
    if [ "$code" -ne "$expected" ] || ! grep -qF -- "$said" "$output"; then
        echo "ci/release $*: exit code $code and not $expected, or it does not say \"$said\":" >&2
        cat "$output" >&2
        exit 1
    fi
    cases=$((cases + 1))
}
# What is said once the command after it has spoilt the tree and the change is committed.
spoilt() {
    local check=$1 said=$2
    shift 2
    "$@"
    commit 'Spoilt'
    answers 1 "ci/release: $check: $said" 7.8.9 "${short[@]}"
    git reset --quiet --hard HEAD~
}
write() { # a text to a file
    printf '%b' "$1" >"$2"
}

ready 7.8.9
answers 0 'All of this is so for 7.8.9. No tag was made' 7.8.9 "${short[@]}"
[ -z "$(git tag)" ]
[ "$(ci/release --list | cut -d' ' -f1 | tail -5 | xargs)" = "${long[*]}" ]

# Arguments.
answers 2 'three numbers' 7.8
answers 2 'three numbers' 07.8.9
answers 2 'three numbers' v7.8.9
answers 2 'one version is enough' 7.8.9 7.8.9
answers 2 'no check "tre"' 7.8.9 --only tre
answers 2 'a number from 1' 7.8.9 --fuzz-seconds 0
answers 2 'needs a value' 7.8.9 --from
answers 2 'either --from or --only' 7.8.9 --from notes --only notes
answers 2 'unknown option --push' 7.8.9 --push
answers 0 '--fuzz-seconds SECONDS' --help

# The first thing that is not so, and nothing behind it.
answers 1 'ci/release: versions: Cargo.toml says 7.8.9' 7.8.8 "${short[@]}"
if grep -qE '^== (changelog|notes|fixtures)' "$output"; then
    echo 'it went on after a check that failed' >&2
    exit 1
fi
touch left-over
answers 1 'ci/release: tree: the tree is not clean' 7.8.9
answers 1 'left-over' 7.8.9
rm left-over
echo '# more' >>README.md
answers 1 ' M README.md' 7.8.9
git checkout --quiet README.md

git switch --quiet --create elsewhere
answers 1 'ci/release: branch: this is elsewhere' 7.8.9
git switch --quiet --detach
answers 1 'ci/release: branch: this is no branch' 7.8.9
git switch --quiet main

git tag v7.8.9
answers 1 'ci/release: new: the tag v7.8.9 is there' 7.8.9
git tag --delete v7.8.9 >/dev/null
git tag v7.8.10
answers 1 'ci/release: new: 7.8.10 was released already' 7.8.9
git tag --delete v7.8.10 >/dev/null
git tag v7.8.9-rc.2
answers 0 'so for 7.8.9' 7.8.9 "${short[@]}"
answers 1 'ci/release: new: 7.8.9-rc.2 was released already' 7.8.9-rc.1 --only new
answers 0 'so for 7.8.9-rc.10' 7.8.9-rc.10 --only new
git tag --delete v7.8.9-rc.2 >/dev/null

# Versions.
for manifest in Cargo.toml crates/*/Cargo.toml compat/*/Cargo.toml; do
    spoilt versions "$manifest says 7.8.8" sed -i 's/^version = "7.8.9"/version = "7.8.8"/' "$manifest"
done
spoilt versions 'compat/parsec-0.7/Cargo.toml needs a package of ours as 7.8' \
    sed -i 's/ version = "7.8.9"/ version = "7.8"/' compat/parsec-0.7/Cargo.toml
for lock in Cargo.lock compat/*/Cargo.lock crates/embedded-token/Cargo.lock fuzz/Cargo.lock; do
    spoilt versions "$lock has" sed -i 's/^version = "7.8.9"/version = "7.8.8"/' "$lock"
done

# Changelog.
empty='## [Unreleased]\n\n'
spoilt changelog 'CHANGELOG.md has no section [7.8.9]' \
    write "$empty## [7.8.90] - $today\n\n- It.\n" CHANGELOG.md
spoilt changelog 'CHANGELOG.md has no section [7.8.9]' \
    write "$empty## [7.9.0] - $today\n\n- It.\n\n## [7.8.9] - $today\n\n- It.\n" CHANGELOG.md
spoilt changelog 'CHANGELOG.md does not begin with an Unreleased' \
    write "## [7.8.9] - $today\n\n- It.\n" CHANGELOG.md
spoilt changelog 'CHANGELOG.md: "## [7.8.9]" has no date' write "$empty## [7.8.9]\n\n- It.\n" CHANGELOG.md
spoilt changelog 'CHANGELOG.md: "## [7.8.9] - 2026-02-30" has no date' \
    write "$empty## [7.8.9] - 2026-02-30\n\n- It.\n" CHANGELOG.md
spoilt changelog 'CHANGELOG.md: "## [7.8.9] - 9999-01-01" has no date' \
    write "$empty## [7.8.9] - 9999-01-01\n\n- It.\n" CHANGELOG.md
spoilt changelog 'CHANGELOG.md has something that is unreleased' \
    write "$empty- More.\n\n## [7.8.9] - $today\n\n- It.\n" CHANGELOG.md
# More of it than a pipe holds.
spoilt changelog 'CHANGELOG.md has something that is unreleased' \
    write "$empty$(printf -- '- More.\\n%.0s' {1..20000})\n## [7.8.9] - $today\n\n- It.\n" CHANGELOG.md
spoilt changelog 'CHANGELOG.md says nothing about 7.8.9' \
    write "$empty## [7.8.9] - $today\n\n### Added\n\n## [7.8.8] - $today\n\n- It.\n" CHANGELOG.md

# Notes.
notes=docs/releases/7.8.9.md
signed='Signed-off-by: A Person <person@example.org>\n'
spoilt notes "$notes is not there" git rm --quiet "$notes"
spoilt notes "$notes is of another version" write "# parsec-pkcs11-ecc 7.8.8\n\nGood.\n\n$signed" "$notes"
spoilt notes "$notes says nothing" write "# parsec-pkcs11-ecc 7.8.9\n\n$signed" "$notes"
spoilt notes "$notes is not signed off" write '# parsec-pkcs11-ecc 7.8.9\n\nGood.\n' "$notes"
spoilt notes "$notes is not signed off" \
    write '# parsec-pkcs11-ecc 7.8.9\n\nGood.\n\nSigned-off-by: nobody\n' "$notes"

# Fixtures: one for all of 7.8.
spoilt fixtures 'tests/stability/key-7.8.txt is not there' git rm --quiet tests/stability/key-7.8.txt
spoilt fixtures 'docs/stability.md does not name tests/stability/key-7.8.txt' \
    sed -i 's/key-7.8.txt/key-7.7.txt/' docs/stability.md
spoilt fixtures 'no test names tests/stability/key-7.8.txt' sed -i '/key-7.8.txt/d' tests/stability.rs
answers 0 'so for 7.8.10' 7.8.10 --only fixtures
answers 0 'so for 7.8.11-rc.12' 7.8.11-rc.12 --only fixtures
answers 1 'tests/stability/key-7.80.txt is not there' 7.80.0-rc.1 --only fixtures

# A long check that fails: here the command of this tree, spoilt as well.
write '#!/bin/sh\nexit 3\n' ci/soak
commit 'Spoilt'
answers 1 'ci/release: soak: ci/soak failed' 7.8.9 --from soak
git reset --quiet --hard HEAD~

# A tag is made if all checks were passed on this commit.
answers 1 "not passed on this commit: ${long[*]} (fuzz" 7.8.9 "${short[@]}" --tag
[ -z "$(git tag)" ]
passed=target/release-checks/7.8.9/$(git rev-parse HEAD)
for name in "${long[@]}"; do
    touch "$passed/$name"
done
touch left-over
answers 1 'ci/release: tree: the tree is not clean' 7.8.9 --only notes --tag
rm left-over
# What fails now has not been passed, though it was before.
echo 'Nothing' >"$notes"
answers 1 "$notes is of another version" 7.8.9 --only notes
git checkout --quiet "$notes"
answers 1 'not passed on this commit: notes (fuzz' 7.8.9 --only tree --tag
answers 0 'The tag v7.8.9 is made' 7.8.9 --only notes --tag
[ "$(git cat-file -t v7.8.9)" = tag ]
diff <(git tag --list --format='%(contents)' v7.8.9 | sed '${/^$/d}') "$notes"
answers 1 'the tag v7.8.9 is there' 7.8.9 --only notes --tag
# On the next commit nothing counts that was passed on this one.
git tag --delete v7.8.9 >/dev/null
git commit --quiet --allow-empty --message 'Later'
answers 1 'not passed on this commit: versions changelog fixtures checks' 7.8.9 --only notes --tag

# A candidate.
ready 7.8.9-rc.1
answers 0 'All of this is so for 7.8.9-rc.1' 7.8.9-rc.1 "${short[@]}"

echo "ci/release: $cases cases"
