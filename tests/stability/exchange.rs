//! Owns one request and its response as bytes: how the one is made, and what of the other is the same each time.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;

use parsec_client::core::interface::operations::{Convert, NativeOperation, NativeResult};
use parsec_client::core::interface::operations_protobuf::ProtobufConverter;
use parsec_client::core::interface::requests::request::{Request, RequestAuth, RequestHeader};
use parsec_client::core::interface::requests::{AuthType, BodyType, ProviderId, Response};

/// Header of a response: as long as that of a request, with the status in its last two bytes.
pub(crate) const HEADER: usize = 36;

/// What of a response is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Every byte.
    Exact,
    /// The length, and every byte but so many at the end.
    RandomTail(usize),
    /// Every byte, but those behind the first two of the body in any order: a set of operation codes.
    Set,
    /// Every byte but the versions of the providers, which are set to 0.0.0.
    Versions,
}

/// One request and what is known of its response.
pub(crate) struct Exchange {
    /// What stands above it in the file.
    pub(crate) what: &'static str,
    pub(crate) application: &'static str,
    pub(crate) provider: ProviderId,
    pub(crate) operation: NativeOperation,
    pub(crate) form: Form,
}

impl Exchange {
    /// The request as parsec-interface writes it.
    pub(crate) fn request(self) -> Vec<u8> {
        let converter = ProtobufConverter {};
        let request = Request {
            header: RequestHeader {
                provider: self.provider,
                session: 0,
                content_type: BodyType::Protobuf,
                accept_type: BodyType::Protobuf,
                auth_type: AuthType::Direct,
                opcode: self.operation.opcode(),
            },
            body: converter.operation_to_body(self.operation).unwrap(),
            auth: RequestAuth::new(self.application.as_bytes().to_vec()),
        };
        let mut bytes = Vec::new();
        request.write_to_stream(&mut bytes).unwrap();
        bytes
    }
}

/// Sends the bytes and gives all that the service answers.
pub(crate) fn answer(socket: &Path, request: &[u8]) -> Vec<u8> {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.write_all(request).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    response
}

impl Form {
    /// The response in hexadecimal digits, with two dots for each byte that may be another one.
    pub(crate) fn written(self, mut response: Vec<u8>) -> String {
        assert!(response.len() >= HEADER, "{response:02x?}");
        match self {
            Self::Exact => hex::encode(response),
            Self::RandomTail(length) => {
                let known = response.len() - length;
                assert!(known >= HEADER);
                response.truncate(known);
                hex::encode(response) + &"..".repeat(length)
            }
            Self::Set => {
                let codes = response.get_mut(HEADER + 2..).unwrap_or_default();
                codes.sort_unstable();
                hex::encode(response)
            }
            Self::Versions => hex::encode(without_versions(&response)),
        }
    }
}

fn without_versions(bytes: &[u8]) -> Vec<u8> {
    let response = Response::read_from_stream(&mut &bytes[..], bytes.len()).unwrap();
    let header = response.header;
    let converter = ProtobufConverter {};
    let result = converter
        .body_to_result(response.body, header.opcode)
        .unwrap();
    let NativeResult::ListProviders(mut result) = result else {
        panic!("not a list of providers");
    };
    for provider in &mut result.providers {
        provider.version_maj = 0;
        provider.version_min = 0;
        provider.version_rev = 0;
    }
    let result = NativeResult::ListProviders(result);
    let body = converter.result_to_body(result).unwrap();
    let mut bytes = Vec::new();
    Response { header, body }
        .write_to_stream(&mut bytes)
        .unwrap();
    bytes
}
