//! Starting again, reloading, stopping, and how soon a client is served.

use std::fs;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use parsec_client::core::interface::operations::psa_algorithm::Hash;
use parsec_client::core::interface::operations::{Convert, NativeOperation, psa_sign_hash};
use parsec_client::core::interface::operations_protobuf::ProtobufConverter;
use parsec_client::core::interface::requests::request::{RequestAuth, RequestHeader};
use parsec_client::core::interface::requests::{
    AuthType, BodyType, Opcode, ProviderId, Request, Response, ResponseStatus,
};
use parsec_client::error::Error;

use crate::client::Client;
use crate::fixture::{Authenticator, Installation, Manager};
use crate::keys::{CURVES, ECDSA, exportable, signing, signs};
use crate::openssl;
use crate::token_objects::key_objects;

fn generate_all(client: &Client) {
    for bits in CURVES {
        client
            .generate(&bits.to_string(), signing(bits, ECDSA))
            .unwrap();
    }
}

fn all_sign(client: &Client) {
    for bits in CURVES {
        signs(client, &bits.to_string(), bits).unwrap();
    }
}

#[test]
fn keys_survive_restarts() {
    for (manager, authenticator) in [
        (Manager::OnDisk, Authenticator::Direct),
        (Manager::OnDisk, Authenticator::UnixPeerCredentials),
        (Manager::Sqlite, Authenticator::Direct),
        (Manager::Sqlite, Authenticator::UnixPeerCredentials),
    ] {
        let installation = Installation::new(manager, authenticator);
        let service = installation.start();
        generate_all(&service.client("alice"));
        let before = service.client("alice").keys().unwrap();
        service.stop();
        assert!(!installation.socket().exists());

        let service = installation.start();
        let client = service.client("alice");
        assert_eq!(
            format!("{:?}", client.keys().unwrap()),
            format!("{before:?}")
        );
        all_sign(&client);
        client.destroy("256").unwrap();
        service.stop();

        let service = installation.start();
        let client = service.client("alice");
        assert_eq!(client.key_names(), ["192", "224", "384", "521"]);
        client.generate("256", signing(256, ECDSA)).unwrap();
        all_sign(&client);
        service.stop();
        assert_eq!(key_objects(installation.token()).len(), 10);
    }
}

#[test]
fn a_socket_that_a_killed_service_left_is_replaced() {
    let installation = Installation::direct(Manager::Sqlite);
    let service = installation.start();
    generate_all(&service.client("alice"));
    service.kill();
    assert!(installation.socket().exists());
    let service = installation.start();
    all_sign(&service.client("alice"));
    service.stop();
}

#[test]
fn a_reload_serves_on() {
    for manager in Manager::ALL {
        let mut installation = Installation::direct(manager);
        let service = installation.start();
        let client = service.client("alice");
        generate_all(&client);
        let reloading = AtomicBool::new(true);
        let served = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                while reloading.load(Ordering::Relaxed) {
                    signs(&client, "256", 256).unwrap();
                    served.fetch_add(1, Ordering::Relaxed);
                }
            });
            installation
                .provider
                .insert("allow_export", "false".to_owned());
            for reload in 1..=3 {
                installation.write_config(&installation.config());
                service.signal("HUP");
                service.wait_for_log("] ready\n", reload + 1);
            }
            reloading.store(false, Ordering::Relaxed);
        });
        assert!(served.load(Ordering::Relaxed) > 0);
        all_sign(&client);
        let forbidden = client.generate("exportable", exportable(signing(256, ECDSA)));
        assert_eq!(forbidden, Err(ResponseStatus::PsaErrorNotPermitted));
        service.stop();
    }
}

#[test]
fn a_reload_of_a_wrong_configuration_changes_nothing() {
    let mut installation = Installation::direct(Manager::OnDisk);
    let service = installation.start();
    let client = service.client("alice");
    generate_all(&client);
    let good = installation.config();
    let wrong = [
        "no TOML at all".to_owned(),
        good.replace("Pkcs11", "Tpm"),
        good.replace("\"manager\"\nlib", "\"another\"\nlib"),
        good.replace("allow_root = true", "allow_root = \"yes\""),
        format!("{good}slot_number = -1\n"),
        format!("{good}max_sessions = 0\n"),
    ];
    for (count, text) in wrong.iter().enumerate() {
        assert_ne!(text, &good);
        installation.write_config(text);
        service.signal("HUP");
        service.wait_for_log("the old configuration stays in force", count + 1);
        all_sign(&client);
    }
    fs::remove_file(installation.path("config.toml")).unwrap();
    service.signal("HUP");
    service.wait_for_log("the old configuration stays in force", wrong.len() + 1);
    all_sign(&client);

    installation
        .provider
        .insert("allow_export", "false".to_owned());
    installation.write_config(&installation.config());
    service.signal("HUP");
    service.wait_for_log("] ready\n", wrong.len() + 3);
    all_sign(&client);
    let forbidden = client.generate("exportable", exportable(signing(256, ECDSA)));
    assert_eq!(forbidden, Err(ResponseStatus::PsaErrorNotPermitted));
    service.stop();
}

/// A signature asked for without parsec-client, to see every byte of the answer.
fn answer_to(socket: &Path, digest: &[u8]) -> Vec<u8> {
    let operation = NativeOperation::PsaSignHash(psa_sign_hash::Operation {
        key_name: "256".to_owned(),
        alg: ECDSA,
        hash: digest.to_vec().into(),
    });
    let request = Request {
        header: RequestHeader {
            provider: ProviderId::Pkcs11,
            session: 0,
            content_type: BodyType::Protobuf,
            accept_type: BodyType::Protobuf,
            auth_type: AuthType::Direct,
            opcode: Opcode::PsaSignHash,
        },
        body: ProtobufConverter {}.operation_to_body(operation).unwrap(),
        auth: RequestAuth::new(b"alice".to_vec()),
    };
    let mut answer = Vec::new();
    if let Ok(mut stream) = UnixStream::connect(socket) {
        // A service that has gone hangs up; what came before that is looked at.
        if request.write_to_stream(&mut stream).is_ok() {
            let _ = stream.read_to_end(&mut answer);
        }
    }
    answer
}

#[test]
fn a_stop_under_load_gives_whole_answers_or_none() {
    let installation = Installation::direct(Manager::Sqlite);
    let service = installation.start();
    let client = service.client("alice");
    generate_all(&client);
    let point = client.export_public("256").unwrap();
    let digest = openssl::digest(Hash::Sha256, b"load");
    let socket = installation.socket();
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..8 {
            let sender = sender.clone();
            scope.spawn(|| {
                let sender = sender;
                loop {
                    let answer = answer_to(&socket, &digest);
                    if answer.is_empty() {
                        return;
                    }
                    let whole = Response::read_from_stream(&mut answer.as_slice(), 1000).unwrap();
                    assert_eq!(whole.header.status, ResponseStatus::Success);
                    let signature = &whole.body.bytes()[2..];
                    assert!(openssl::verifies(256, &point, &digest, signature));
                    sender.send(()).unwrap();
                }
            });
        }
        for _ in 0..100 {
            receiver.recv_timeout(Duration::from_secs(60)).unwrap();
        }
        service.stop();
    });
    let service = installation.start();
    all_sign(&service.client("alice"));
    service.stop();
}

#[test]
fn keys_that_a_client_was_told_of_are_there_after_a_stop_under_load() {
    for manager in Manager::ALL {
        let installation = Installation::direct(manager);
        let service = installation.start();
        let clients: Vec<Client> = (0..4).map(|_| service.client("alice")).collect();
        let (sender, receiver) = mpsc::channel();
        let mut made: Vec<String> = thread::scope(|scope| {
            let makers: Vec<_> = clients
                .iter()
                .enumerate()
                .map(|(number, client)| {
                    let sender = sender.clone();
                    scope.spawn(move || {
                        let mut made = Vec::new();
                        loop {
                            let name = format!("{number}-{}", made.len());
                            match client.try_generate(&name, signing(256, ECDSA)) {
                                Ok(()) => {}
                                Err(Error::Client(_)) => return made,
                                Err(Error::Service(status)) => panic!("{status}"),
                            }
                            made.push(name);
                            sender.send(()).unwrap();
                        }
                    })
                })
                .collect();
            for _ in 0..12 {
                receiver.recv_timeout(Duration::from_secs(60)).unwrap();
            }
            service.stop();
            makers
                .into_iter()
                .flat_map(|maker| maker.join().unwrap())
                .collect()
        });
        made.sort();

        let service = installation.start();
        let client = service.client("alice");
        for name in &made {
            signs(&client, name, 256).unwrap();
        }
        // A key may have been made whose maker did not hear of it any more: one for each.
        let names = client.key_names();
        assert!(names.len() <= made.len() + clients.len(), "{names:?}");
        for name in &names {
            signs(&client, name, 256).unwrap();
        }
        service.stop();
        let objects = key_objects(installation.token());
        assert_eq!(objects.len(), 2 * names.len(), "{objects:?}");
    }
}

#[test]
fn an_idle_service_answers_at_once() {
    let installation = Installation::direct(Manager::Sqlite);
    let service = installation.start();
    let client = service.client("alice");
    let mut latencies: Vec<Duration> = (0..50)
        .map(|_| {
            let start = Instant::now();
            client.ping().unwrap();
            start.elapsed()
        })
        .collect();
    latencies.sort();
    // A service that polls every 10 ms takes about as long each time, and others may keep the processor at times.
    let fifth = latencies[latencies.len() / 5];
    assert!(fifth < Duration::from_millis(5), "{latencies:?}");
    service.stop();
}
