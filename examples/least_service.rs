//! The least service that answers a request to sign a hash: only what every service has to do.
//!
//! ```sh
//! least_service MODULE SOCKET SERIAL PIN_FILE THREADS
//! ```
//!
//! For the benchmark only. Whatever the request says, and whoever sends it, the answer is a signature of
//! the token's only private key, which must be one on P-256: nothing is parsed, authenticated, looked up
//! or logged. What is left: accept a connection, receive the request, sign by cryptoki with a session and
//! a handle that are there already, send the response, close the connection. SIGTERM ends it.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process;
use std::sync::Arc;
use std::thread;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use parsec_interface::operations::{Convert, NativeResult, psa_sign_hash};
use parsec_interface::operations_protobuf::ProtobufConverter;
use parsec_interface::requests::response::ResponseHeader;
use parsec_interface::requests::{BodyType, Opcode, ProviderId, Response, ResponseStatus};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// The hash that the clients of the benchmark send.
const DIGEST: [u8; 32] = [7; 32];

/// r and s on P-256, in bytes.
const SIGNATURE: usize = 64;

/// The header of a request, in bytes.
const HEADER: usize = 36;

/// More than a request to sign a hash takes, in bytes.
const CAPACITY: usize = 512;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [module, socket, serial, pin, threads] = arguments.as_slice() else {
        return Err("usage: least_service MODULE SOCKET SERIAL PIN_FILE THREADS".into());
    };
    let pkcs11 = Pkcs11::new(module)?;
    pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))?;
    let slot = slot_of(&pkcs11, serial)?;
    // The login is that of the whole process, and lasts as long as this session.
    let session = pkcs11.open_ro_session(slot)?;
    let pin = AuthPin::new(fs::read_to_string(pin)?.trim_end().into());
    session.login(UserType::User, Some(&pin))?;
    let key = only_private_key(&session)?;
    let response = response()?;

    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let listener = Arc::new(UnixListener::bind(socket)?);
    for _ in 0..threads.parse::<usize>()? {
        let worker = Worker {
            listener: Arc::clone(&listener),
            session: pkcs11.open_ro_session(slot)?,
            key,
            response: response.clone(),
        };
        thread::spawn(move || {
            let Err(error) = worker.serve() else { return };
            eprintln!("{error}");
            process::exit(1);
        });
    }
    signals.forever().next();
    Ok(())
}

fn slot_of(pkcs11: &Pkcs11, serial: &str) -> Outcome<Slot> {
    for slot in pkcs11.get_slots_with_initialized_token()? {
        if pkcs11.get_token_info(slot)?.serial_number() == serial {
            return Ok(slot);
        }
    }
    Err(format!("no token with serial number {serial}").into())
}

fn only_private_key(session: &Session) -> Outcome<ObjectHandle> {
    let found = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)])?;
    match found.as_slice() {
        [key] => Ok(*key),
        _ => Err(format!("the token has {} private keys, not one", found.len()).into()),
    }
}

/// The bytes of a response; its last ones are the signature.
fn response() -> Outcome<Vec<u8>> {
    let result = psa_sign_hash::Result {
        signature: vec![0; SIGNATURE].into(),
    };
    let response = Response {
        header: ResponseHeader {
            provider: ProviderId::Pkcs11,
            session: 0,
            content_type: BodyType::Protobuf,
            opcode: Opcode::PsaSignHash,
            status: ResponseStatus::Success,
        },
        body: ProtobufConverter.result_to_body(NativeResult::PsaSignHash(result))?,
    };
    let mut bytes = Vec::new();
    response.write_to_stream(&mut bytes)?;
    Ok(bytes)
}

struct Worker {
    listener: Arc<UnixListener>,
    session: Session,
    key: ObjectHandle,
    response: Vec<u8>,
}

impl Worker {
    /// Serves one client after the other; returns at the first failure only.
    fn serve(mut self) -> Outcome {
        let begin = self.response.len() - SIGNATURE;
        let mut request = [0; CAPACITY];
        loop {
            let (mut client, _) = self.listener.accept()?;
            receive(&mut client, &mut request)?;
            let signature = self.session.sign(&Mechanism::Ecdsa, self.key, &DIGEST)?;
            self.response[begin..].copy_from_slice(&signature);
            client.write_all(&self.response)?;
        }
    }
}

/// Receives a whole request: in one system call, if all of it is there.
fn receive(client: &mut UnixStream, request: &mut [u8; CAPACITY]) -> io::Result<()> {
    let mut received = 0;
    while received < length(&request[..received]) {
        match client.read(&mut request[received..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => received += count,
        }
    }
    Ok(())
}

/// How long a request is, in bytes, by what was received of it: the lengths of body and authentication
/// are in the header, which tells nothing before it is whole.
fn length(begun: &[u8]) -> usize {
    let lengths = begun
        .get(..HEADER)
        .and_then(|header| header[22..].first_chunk());
    let Some(&[b0, b1, b2, b3, a0, a1]) = lengths else {
        return HEADER;
    };
    let body = usize::try_from(u32::from_le_bytes([b0, b1, b2, b3])).unwrap_or(usize::MAX);
    let authentication = usize::from(u16::from_le_bytes([a0, a1]));
    body.saturating_add(authentication).saturating_add(HEADER)
}
