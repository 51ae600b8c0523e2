//! Owns a headless Chromium and the page in it: the DevTools protocol over a pipe, which needs no port and no
//! more than JSON.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The browser speaks on descriptors 3 and 4. It ends by itself if a test hangs.
const START: &str = "exec timeout 120 \"${CHROMIUM:-chromium}\" --headless=new --no-sandbox --disable-gpu --no-first-run \
    --disable-background-networking --remote-debugging-pipe --user-data-dir=\"$0\" about:blank \
    3<&0 4>&1 </dev/null >/dev/null 2>&1";

/// How a page is looked at.
#[derive(Clone, Copy)]
pub(crate) struct View {
    pub(crate) width: u32,
    pub(crate) scheme: &'static str,
}

pub(crate) const VIEWS: [View; 4] = [
    view(1200, "light"),
    view(1200, "dark"),
    view(360, "light"),
    view(360, "dark"),
];

pub(crate) const fn view(width: u32, scheme: &'static str) -> View {
    View { width, scheme }
}

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    calls: u64,
    session: Option<String>,
    /// What the page asked for.
    requests: Vec<String>,
    _profile: TempDir,
}

impl Browser {
    pub(crate) fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", START])
            .arg(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut browser = Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
            calls: 0,
            session: None,
            requests: Vec::new(),
            _profile: profile,
        };
        browser.attach();
        browser
    }

    fn attach(&mut self) {
        let targets = self.call("Target.getTargets", json!({}));
        let page = targets["targetInfos"]
            .as_array()
            .unwrap()
            .iter()
            .find(|target| target["type"] == "page")
            .expect("a page")["targetId"]
            .clone();
        let attached = self.call(
            "Target.attachToTarget",
            json!({ "targetId": page, "flatten": true }),
        );
        self.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Network", "Runtime"] {
            self.call(&format!("{domain}.enable"), json!({}));
        }
    }

    /// Shows a file; its requests are counted from here.
    pub(crate) fn open(&mut self, file: &Path, view: View) {
        self.requests.clear();
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": view.width, "height": 800, "mobile": view.width < 600,
                "deviceScaleFactor": if view.width < 600 { 2 } else { 1 },
            }),
        );
        self.emulate("", view.scheme);
        self.call(
            "Page.navigate",
            json!({ "url": format!("file://{}", file.display()) }),
        );
        let loaded = "new Promise(done => document.readyState == 'complete' ? done(true) : addEventListener('load', () => done(true)))";
        assert_eq!(self.value(loaded), json!(true));
        assert!(
            self.value("location.href")
                .as_str()
                .unwrap()
                .starts_with("file://"),
            "{} was not opened",
            file.display()
        );
    }

    /// Another medium (`print`, or none for the screen) and scheme.
    pub(crate) fn emulate(&mut self, medium: &str, scheme: &str) {
        let scheme = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.call(
            "Emulation.setEmulatedMedia",
            json!({ "media": medium, "features": [scheme] }),
        );
    }

    /// What an expression is on the page, after its promise came true if it is one.
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let answer = self.call(
            "Runtime.evaluate",
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        );
        assert!(answer.get("exceptionDetails").is_none(), "{answer:#}");
        answer["result"]["value"].clone()
    }

    /// What a list is on the page: texts.
    pub(crate) fn texts(&mut self, expression: &str) -> Vec<String> {
        serde_json::from_value(self.value(expression)).unwrap()
    }

    /// What the page asked for since it was opened, itself included.
    pub(crate) fn requests(&self) -> &[String] {
        &self.requests
    }

    /// Writes the whole page as a picture (PNG), for people.
    pub(crate) fn picture(&mut self, file: &Path) {
        let parameters = json!({ "captureBeyondViewport": true });
        let picture = self.call("Page.captureScreenshot", parameters);
        fs::write(file, decoded(&picture["data"])).unwrap();
    }

    /// The page on paper (PDF).
    pub(crate) fn print(&mut self) -> Vec<u8> {
        let parameters = json!({ "preferCSSPageSize": true });
        decoded(&self.call("Page.printToPDF", parameters)["data"])
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let mut call = json!({ "id": self.calls, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            call["sessionId"] = json!(session);
        }
        self.input
            .write_all(format!("{call}\0").as_bytes())
            .unwrap();
        loop {
            let message = self.message();
            if message["id"] == json!(self.calls) {
                assert!(message.get("error").is_none(), "{method}: {message:#}");
                return message["result"].clone();
            }
            if message["method"] == "Network.requestWillBeSent" {
                let url = message["params"]["request"]["url"].as_str().unwrap();
                self.requests.push(url.to_owned());
            }
        }
    }

    fn message(&mut self) -> Value {
        let mut message = Vec::new();
        self.output.read_until(0, &mut message).unwrap();
        assert_eq!(message.pop(), Some(0), "Chromium ended");
        serde_json::from_slice(&message).unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It also ends when the pipe does; either way it is gone before its directory is removed.
        let _ = self
            .input
            .write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0");
        let _ = self.child.wait();
    }
}

fn decoded(base64: &Value) -> Vec<u8> {
    openssl::base64::decode_block(base64.as_str().unwrap()).unwrap()
}
