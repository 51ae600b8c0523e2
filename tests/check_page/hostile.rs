//! What a token says of itself may be meant to do harm.

use std::io::ErrorKind;
use std::net::TcpListener;

use serde_json::json;

use crate::browser::{Browser, VIEWS};
use crate::content::is_complete;
use crate::sample::{page, report};

#[test]
fn hostile_text_is_shown_as_text() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let text = format!(
        "</title></style></script><script>document.body.dataset.ran = 1</script>\
         <img src=http://{address}/x onerror=document.body.dataset.ran=2>\"'><svg onload=document.body.dataset.ran=3>\
         <link rel=stylesheet href=http://{address}/y><a href=javascript:1>&amp;&lt;"
    );
    let report = report(&text);
    let file = page("hostile", &report);
    let mut browser = Browser::start();
    for view in VIEWS {
        browser.open(&file, view);
        is_complete(&mut browser, &report);
        assert_eq!(browser.value("document.body.dataset.ran"), json!(null));
        for harmful in [
            "script",
            "img",
            "svg[onload]",
            "link[rel=stylesheet]",
            "a[href^=javascript]",
        ] {
            let number = browser.value(&format!("document.querySelectorAll('{harmful}').length"));
            assert_eq!(number, json!(0), "{harmful}");
        }
        let label = browser.value("document.querySelector('.what bdi').textContent");
        assert_eq!(label, json!(text));
        for place in ["#token", "#failures", "#skipped", "#profile", "#cases"] {
            let shown = browser.value(&format!("document.querySelector('{place}').textContent"));
            assert!(shown.as_str().unwrap().contains(&text), "{place}");
        }
        let requests = browser.requests();
        assert!(
            requests
                .iter()
                .all(|url| url.starts_with("file://") || url.starts_with("data:")),
            "{requests:?}"
        );
    }
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn text_that_turns_the_line_around_is_written_as_its_code() {
    let mut browser = Browser::start();
    browser.open(
        &page("turned", &report("\u{202e}dessap\u{200b}\u{0}")),
        VIEWS[0],
    );
    let label = browser.value("document.querySelector('.what bdi').textContent");
    assert_eq!(label, json!("\\u{202e}dessap\\u{200b}\\u{0}"));
}

#[test]
fn the_page_forbids_scripts_and_requests() {
    let mut browser = Browser::start();
    browser.open(&page("policy", &report("Example HSM")), VIEWS[0]);
    let ran = browser.value(
        "document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.body.dataset.ran = 1' })),
         document.body.dataset.ran",
    );
    assert_eq!(ran, json!(null));
    let fetched = browser.value("fetch('http://127.0.0.1:1/').then(() => 'sent', () => 'refused')");
    assert_eq!(fetched, json!("refused"));
}
