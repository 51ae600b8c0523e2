# Runs pkcsslotd with an empty token in slot 3, and removes the token afterwards.
#
# There is one opencryptoki on a machine. Who runs this holds a lock on its token directory, until all is
# removed. A token that others made is never touched.
cd /var/lib/opencryptoki/swtok || exit
ours=made-by-parsec-tests
remove() {
    rm -rf NVTOK.DAT MK_SO MK_USER TOK_OBJ/* /dev/shm/var.lib.opencryptoki.swtok "$ours"
}
if [ -e NVTOK.DAT ] && ! [ -e "$ours" ]; then
    echo "refused: $PWD holds a token that these tests did not make; if nobody needs it, remove NVTOK.DAT"
    exit 1
fi
running=$(cat /run/pkcsslotd.pid 2>&1)
if [ "$(cat "/proc/$running/comm" 2>&1)" = pkcsslotd ]; then
    echo "refused: pkcsslotd runs already, as process $running"
    exit 1
fi
remove
echo $$ >"$ours"
# pkcsslotd gets the signal too, and is waited for.
trap : TERM
pkcsslotd -f &
wait
wait
remove
