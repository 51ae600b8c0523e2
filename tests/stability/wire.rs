//! The bytes on the socket are those in tests/wire. With `WIRE_FIXTURES=write` they are written instead.

use std::collections::HashSet;

use parsec_client::core::interface::operations::{Convert, NativeResult};
use parsec_client::core::interface::operations_protobuf::ProtobufConverter;
use parsec_client::core::interface::requests::{Opcode, Response, ResponseStatus};

use crate::exchange::answer;
use crate::exchanges;
use crate::fixture::{Installation, Manager};
use crate::golden::{self, Files, Golden};

/// What is sent and answered now. Where a request is kept, its bytes are what is sent.
fn exchanged(manager: Manager, kept: &Files) -> Files {
    let installation = Installation::direct(manager);
    let service = installation.start();
    let socket = installation.socket();
    let mut files = Files::new();
    for (file, exchange) in exchanges::all() {
        let (what, form) = (exchange.what.to_owned(), exchange.form);
        let exchanges = files.entry(file.to_owned()).or_default();
        let request = hex::encode(exchange.request());
        let sent = match kept.get(file).and_then(|kept| kept.get(exchanges.len())) {
            Some(golden) => hex::decode(&golden.request).unwrap(),
            None => hex::decode(&request).unwrap(),
        };
        let response = form.written(answer(&socket, &sent));
        exchanges.push(Golden {
            what,
            request,
            response,
        });
    }
    service.stop();
    files
}

#[test]
fn requests_and_responses_are_those_that_are_kept() {
    if std::env::var("WIRE_FIXTURES").is_ok_and(|value| value == "write") {
        golden::write(&exchanged(Manager::Sqlite, &Files::new()));
        return;
    }
    let kept = golden::read();
    for manager in Manager::ALL {
        let now = exchanged(manager, &kept);
        assert!(now.keys().eq(kept.keys()), "a file too many, or too few");
        for (file, exchanges) in &kept {
            assert_eq!(&now[file], exchanges, "{file}, {manager:?}");
        }
    }
}

fn response(hexadecimal: &str) -> Response {
    let bytes = hex::decode(hexadecimal.replace("..", "00")).unwrap();
    Response::read_from_stream(&mut &bytes[..], bytes.len()).unwrap()
}

/// What the service says that it has, itself and the provider.
fn listed(golden: &Golden) -> HashSet<Opcode> {
    let body = response(&golden.response).body;
    let converter = ProtobufConverter {};
    match converter.body_to_result(body, Opcode::ListOpcodes).unwrap() {
        NativeResult::ListOpcodes(result) => result.opcodes,
        other => panic!("unexpected: {other:?}"),
    }
}

#[test]
fn each_operation_is_kept_and_succeeds_at_least_once() {
    let kept = golden::read();
    let mut good = HashSet::new();
    for (file, exchange) in exchanges::all() {
        let succeeded =
            |golden: &Golden| response(&golden.response).header.status == ResponseStatus::Success;
        if kept[file].iter().any(succeeded) {
            good.insert(exchange.operation.opcode());
        }
    }
    let mut all: HashSet<Opcode> = kept["list-opcodes"].iter().flat_map(listed).collect();
    // Parsec's core does not list what is for administrators.
    all.extend([Opcode::ListClients, Opcode::DeleteClient]);
    assert_eq!(good, all);
}
