//! What stands on the page.

use std::collections::BTreeSet;

use parsec_pkcs11_ecc::check::Outcome;
use parsec_pkcs11_ecc::check::report::Report;
use parsec_pkcs11_ecc::check::report::matrix::Matrix;
use serde_json::json;

use crate::browser::{Browser, view};
use crate::sample::{SESSIONS, page, report};

/// Everything that must stand on the page of any report.
pub(crate) fn is_complete(browser: &mut Browser, report: &Report) {
    every_case_is_there(browser, report);
    links_lead_somewhere(browser);
    the_matrix_is_that_of_the_report(browser, report);
    counts_are_right(browser, report);
    the_outline_is_sound(browser);
}

fn every_case_is_there(browser: &mut Browser, report: &Report) {
    let shown = browser
        .texts("[...document.querySelectorAll('#cases tbody th > .id')].map(e => e.textContent)");
    let run: Vec<_> = report.cases.iter().map(|case| case.id.clone()).collect();
    assert_eq!(shown.len(), run.len());
    let sorted = |ids: Vec<String>| ids.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(sorted(shown), sorted(run));
}

fn links_lead_somewhere(browser: &mut Browser) {
    let links =
        browser.texts("[...document.querySelectorAll('a[href]')].map(e => e.getAttribute('href'))");
    assert!(links.iter().all(|link| link.starts_with('#')), "{links:?}");
    let targets = browser.texts("[...document.querySelectorAll('[id]')].map(e => e.id)");
    let unique: BTreeSet<_> = targets.iter().collect();
    assert_eq!(unique.len(), targets.len(), "an id stands twice");
    for link in links {
        assert!(unique.contains(&link[1..].to_owned()), "{link}");
    }
}

fn the_matrix_is_that_of_the_report(browser: &mut Browser, report: &Report) {
    let there: Vec<_> = Matrix::of(report)
        .rows
        .into_iter()
        .filter(|row| {
            let outcomes = || row.cells.iter().filter_map(|cell| cell.outcome);
            outcomes().any(|outcome| outcome != Outcome::Skip)
        })
        .collect();
    let tried = |operation: &&str| {
        let mut cells = there.iter().flat_map(|row| &row.cells);
        cells.any(|cell| cell.operation == *operation && cell.outcome.is_some())
    };
    let columns: Vec<_> = Matrix::OPERATIONS.into_iter().filter(tried).collect();
    let expected: Vec<_> = there
        .iter()
        .map(|row| {
            let cells = row
                .cells
                .iter()
                .filter(|cell| columns.contains(&cell.operation));
            let words = cells.map(|cell| cell.outcome.map_or("none", Outcome::word));
            let words: Vec<_> = words.collect();
            format!("{} {}", row.curve, words.join(" "))
        })
        .collect();
    let shown = browser.texts(
        "[...document.querySelectorAll('.heat tbody tr')].map(r =>
            [r.querySelector('th').textContent, ...[...r.querySelectorAll('td')].map(c => c.className)].join(' '))",
    );
    assert_eq!(shown, expected);
    // The word stands in the cell, not only its colour.
    let silent = browser.value(
        "[...document.querySelectorAll('.heat td:not(.none)')].filter(c => c.textContent.trim() != c.className).length",
    );
    assert_eq!(silent, json!(0));
}

fn counts_are_right(browser: &mut Browser, report: &Report) {
    let shown =
        browser.texts("[...document.querySelectorAll('.counts .number')].map(e => e.textContent)");
    let counted = Outcome::ALL.map(|outcome| report.count(outcome).to_string());
    assert_eq!(shown, counted);
    for (outcome, place) in [(Outcome::Fail, "failures"), (Outcome::Warn, "warnings")] {
        let shown = browser.value(&format!(
            "document.querySelectorAll('#{place} article').length"
        ));
        assert_eq!(shown, json!(report.count(outcome)));
    }
}

fn the_outline_is_sound(browser: &mut Browser) {
    assert_eq!(
        browser.value("document.querySelectorAll('h1').length"),
        json!(1)
    );
    let levels =
        browser.value("[...document.querySelectorAll('h1, h2, h3')].map(e => +e.tagName[1])");
    let levels: Vec<u8> = serde_json::from_value(levels).unwrap();
    assert!(
        levels.windows(2).all(|pair| pair[1] <= pair[0] + 1),
        "a heading leaves a level out"
    );
    for lacking in [
        "th:not([scope])",
        "table:not(:has(caption))",
        "svg:not([aria-hidden]):not([role=img])",
    ] {
        let number = browser.value(&format!("document.querySelectorAll('{lacking}').length"));
        assert_eq!(number, json!(0), "{lacking}");
    }
}

#[test]
fn a_report_with_everything_is_shown_completely() {
    let report = report("Example HSM");
    let mut browser = Browser::start();
    browser.open(&page("everything", &report), view(1200, "light"));
    is_complete(&mut browser, &report);
    let sections = browser.texts("[...document.querySelectorAll('main > section')].map(e => e.id)");
    assert_eq!(
        sections,
        [
            "token",
            "counts",
            "difference",
            "matrix",
            "load",
            "failures",
            "warnings",
            "skipped",
            "profile",
            "cases"
        ]
    );
}

#[test]
fn the_verdict_names_what_broke() {
    let report = report("Example HSM");
    let mut browser = Browser::start();
    browser.open(&page("verdict", &report), view(1200, "light"));
    assert_eq!(
        browser.value("document.querySelector('h1').textContent"),
        json!(report.headline())
    );
    let broken =
        browser.texts("[...document.querySelectorAll('.broken .id')].map(e => e.textContent)");
    assert_eq!(broken, report.verdict.broken);
    let cautions = browser.value("document.querySelectorAll('.caution').length");
    assert_eq!(
        cautions,
        json!(4),
        "interrupted, quick, partial, not cleaned"
    );
}

#[test]
fn what_changed_is_told() {
    let mut browser = Browser::start();
    browser.open(
        &page("changes", &report("Example HSM")),
        view(1200, "light"),
    );
    let places =
        browser.texts("[...document.querySelectorAll('#difference .id')].map(e => e.textContent)");
    assert_eq!(
        places,
        [
            "ecdsa.secp521r1.sha512.verify",
            "ecdh.secp256r1.raw-peer",
            "session.handles-reused",
            "concurrency.secp256r1.load-8",
            "parsec.secp256r1.sign",
            "slot.gone",
        ]
    );
    let told = browser.value("document.querySelector('#difference').innerText");
    assert!(told.as_str().unwrap().contains("slower"));
}

#[test]
fn a_finding_says_what_a_vendor_needs() {
    let mut browser = Browser::start();
    browser.open(
        &page("finding", &report("it derived a secret")),
        view(1200, "light"),
    );
    let finding = "[...document.querySelector('#finding-ecdh\\\\.secp384r1\\\\.invalid-curve .finding').children]";
    let lines = browser.texts(&format!(
        "{finding}.map(e => e.innerText.replaceAll(/\\s+/g, ' '))"
    ));
    assert_eq!(
        lines,
        [
            "Expected CKR_MECHANISM_PARAM_INVALID, or another refusal of a point that is not on the curve",
            "What came it derived a secret",
            "The call C_DeriveKey returned CKR_OK",
            "What helps ask the vendor for firmware that checks points: this one gives the private key away",
        ]
    );
}

#[test]
fn skipped_cases_stand_by_their_reason_whichever_the_curve() {
    let mut browser = Browser::start();
    browser.open(
        &page("skipped", &report("a wrong PIN was not asked for")),
        view(1200, "light"),
    );
    let reasons = browser.texts("[...document.querySelectorAll('#skipped summary span:first-child')].map(e => e.textContent)");
    assert_eq!(
        reasons,
        [
            "a CURVE key cannot be made: CKR_CURVE_NOT_SUPPORTED",
            "a wrong PIN was not asked for"
        ]
    );
}

#[test]
fn plots_have_a_point_for_each_load() {
    let mut browser = Browser::start();
    browser.open(&page("plots", &report("Example HSM")), view(1200, "light"));
    for (plot, lines) in [("throughput", 1), ("latency", 2)] {
        let points = browser.value(&format!(
            "document.querySelectorAll('#{plot} > svg circle').length"
        ));
        assert_eq!(points, json!(SESSIONS.len() * lines));
        let drawn = browser.value(&format!(
            "[...document.querySelectorAll('#{plot} > svg path.line')].map(e => e.getTotalLength() > 100)"
        ));
        assert_eq!(drawn, json!(vec![true; lines]));
    }
    let sessions = browser
        .texts("[...document.querySelectorAll('table.load tbody th')].map(e => e.textContent)");
    assert_eq!(sessions, SESSIONS.map(|sessions| sessions.to_string()));
    let higher = browser.value("(c => c[0].cy.baseVal.value > c[4].cy.baseVal.value)(document.querySelectorAll('#throughput > svg circle'))");
    assert_eq!(higher, json!(true), "more signatures stand higher");
}

#[test]
fn a_link_opens_what_it_leads_to() {
    let mut browser = Browser::start();
    browser.open(&page("links", &report("Example HSM")), view(1200, "light"));
    let row = "document.getElementById('case-keygen.secp256r1.generate')";
    assert_eq!(
        browser.value(&format!("{row}.checkVisibility()")),
        json!(false)
    );
    browser.value("document.querySelector('.heat td a').scrollIntoView(), location.hash = 'case-keygen.secp256r1.generate'");
    assert_eq!(
        browser.value(&format!("{row}.checkVisibility()")),
        json!(true)
    );
}

#[test]
fn a_report_without_anything_is_a_page_too() {
    let mut report = report("");
    report.cases.clear();
    report.verdict.broken.clear();
    report.difference = None;
    let mut browser = Browser::start();
    browser.open(&page("nothing", &report), view(360, "light"));
    is_complete(&mut browser, &report);
}
