//! How the page looks: on a desk and on a phone, light, dark and on paper.

use std::fs;

use serde_json::json;

use crate::browser::{Browser, VIEWS, view};
use crate::sample::{page, report};

/// Elements with text of their own whose contrast with what is behind them (WCAG 2.2, section 1.4.3) is below 4.5.
const FAINT: &str = include_str!("contrast.js");

/// Texts that are long, and have no place to break a line.
fn long() -> String {
    "An-unbroken-label_of_an_HSM".repeat(4)
}

/// Everything that can be opened is.
const OPEN: &str = "document.querySelectorAll('details').forEach(e => e.open = true)";

#[test]
fn nothing_is_wider_than_the_screen() {
    let file = page("long", &report(&long()));
    let mut browser = Browser::start();
    for view in VIEWS {
        browser.open(&file, view);
        for opened in [false, true] {
            if opened {
                browser.value(OPEN);
            }
            // Without the scroll bar of a desk; a phone would zoom out to show what is wider.
            let fits = "innerWidth + ' ' + (document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth)";
            assert_eq!(browser.value(fits), json!(format!("{} true", view.width)));
            let beyond = browser.texts(
                "[...document.querySelectorAll('body *')].filter(e => !e.closest('.wide, .unseen, .shapes')
                    && e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5).map(e => e.outerHTML.slice(0, 120))",
            );
            assert!(beyond.is_empty(), "{beyond:#?}");
        }
    }
}

#[test]
fn text_is_large_enough_on_a_phone() {
    let mut browser = Browser::start();
    browser.open(&page("phone", &report("Example HSM")), view(360, "light"));
    let small = browser.texts(
        "[...document.querySelectorAll('body *')].filter(e => {
            const drawn = e.getScreenCTM && e.ownerSVGElement ? e.getScreenCTM().a : 1;
            return e.localName != 'title' && e.checkVisibility() && [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim())
                && parseFloat(getComputedStyle(e).fontSize) * drawn < 10;
        }).map(e => e.outerHTML.slice(0, 120))",
    );
    assert!(small.is_empty(), "{small:#?}");
}

#[test]
fn each_scheme_has_its_ground_and_enough_contrast() {
    let file = page("schemes", &report("Example HSM"));
    let mut browser = Browser::start();
    let mut grounds = Vec::new();
    for view in VIEWS {
        browser.open(&file, view);
        let name = format!("{}-{}", view.scheme, view.width);
        browser.picture(&file.with_file_name(name).with_extension("png"));
        browser.value(OPEN);
        let looked = browser.value(FAINT);
        assert!(looked["texts"].as_u64().unwrap() > 1000, "{looked:#}");
        assert_eq!(
            looked["faint"],
            json!([]),
            "{} at {}",
            view.scheme,
            view.width
        );
        grounds.push(browser.value("getComputedStyle(document.body).backgroundColor"));
    }
    assert_eq!(grounds[0], grounds[2]);
    assert_ne!(grounds[0], grounds[1]);
}

#[test]
fn paper_is_white_and_shows_what_a_screen_opens() {
    let file = page("paper", &report("Example HSM"));
    let mut browser = Browser::start();
    browser.open(&file, view(1200, "dark"));
    let printed = browser.print();
    fs::write(file.with_extension("pdf"), &printed).unwrap();
    // Every case is on it, so it is no short file.
    assert!(printed.starts_with(b"%PDF-"));
    assert!(printed.len() > 100_000, "{}", printed.len());
    browser.emulate("print", "dark");
    assert_eq!(
        browser.value("getComputedStyle(document.body).backgroundColor"),
        json!("rgb(255, 255, 255)")
    );
    let visible = browser.value("document.getElementById('case-keygen.secp256r1.generate').checkVisibility({ contentVisibilityAuto: true })");
    assert_eq!(visible, json!(true));
    assert_eq!(browser.value(FAINT)["faint"], json!([]));
}
