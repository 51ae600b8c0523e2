//! Tokens with zeros for a serial number, as some makers give to all of theirs: it does not tell which one it is.

use std::num::NonZeroU64;

use misbehaving_module::control::{Control, End, How};
use misbehaving_module::names::Function;
use parsec_client::core::interface::operations::psa_destroy_key;
use parsec_client::core::interface::requests::ProviderId;
use softhsm_test::{Environment, Token};

use crate::faulty::Faulty;
use crate::fixture::{Installation, quoted};
use crate::keys::{ECDSA, signing};

fn choose(faulty: &mut Faulty, token: &Token) {
    faulty.installation.provider.extend([
        ("token_label", quoted(token.label())),
        ("user_pin", quoted(token.user_pin())),
    ]);
}

#[test]
fn an_interrupted_destruction_is_finished_where_the_key_is() {
    let environment = Environment::new().unwrap();
    let [own, other] = ["own", "other"].map(|label| environment.token_with_label(label).unwrap());
    let installation = Installation::within(environment);
    let mut faulty = Faulty::behind(installation, softhsm_test::module_path().unwrap());
    let zeros = Control {
        zero_serial: true,
        ..faulty.well_behaved()
    };
    faulty.order(zeros.clone());
    choose(&mut faulty, &own);
    let service = faulty.installation.start();
    let client = service.client("alice");
    client.generate("key", signing(256, ECDSA)).unwrap();
    let end = End::before(Function::C_DestroyObject, NonZeroU64::MIN, How::Kill);
    faulty.order(Control {
        end: vec![end],
        ..zeros.clone()
    });
    let operation = psa_destroy_key::Operation {
        key_name: "key".to_owned(),
    };
    client
        .send(ProviderId::Pkcs11, operation.into())
        .unwrap_err();
    assert_eq!(service.end().code, None);
    faulty.order(zeros);

    choose(&mut faulty, &other);
    let log = faulty.installation.start().stop();
    assert!(
        log.contains("interrupted destruction of a key is not finished"),
        "{log}"
    );
    let destroyed = faulty.calls(Function::C_DestroyObject);
    choose(&mut faulty, &own);
    let log = faulty.installation.start().stop();
    assert!(
        log.contains("interrupted destruction of a key was undone or finished"),
        "{log}"
    );
    assert_eq!(faulty.calls(Function::C_DestroyObject) - destroyed, 2);
    let log = faulty.installation.start().stop();
    assert!(!log.contains("interrupted"), "{log}");
}
