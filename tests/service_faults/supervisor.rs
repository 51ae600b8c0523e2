//! A supervisor that starts the service again and again with a wrong PIN, on a token that counts tries:
//! the embedded one.

use misbehaving_module::names::Function;
use test_tokens::{TestToken, kryoptic};

use crate::faulty::Faulty;
use crate::fixture::{Authenticator, Installation, Manager, quoted};
use crate::keys::{ECDSA, signing, signs};
use crate::process::PIN_REFUSED;

const WRONG_PIN: &str = "a-wrong-pin-9471";
const STARTS: u64 = 10;

fn installation(embedded: &TestToken) -> Faulty {
    let mut installation = Installation::without_token(Manager::Sqlite, Authenticator::Direct);
    let initialization_string = embedded.initialization_string.as_deref().unwrap();
    installation
        .provider
        .insert("initialization_string", quoted(initialization_string));
    Faulty::behind(installation, embedded.module.clone())
}

#[test]
fn a_supervisor_that_starts_it_with_a_wrong_pin_does_not_lock_the_token() {
    let embedded = kryoptic::start().unwrap();
    let mut faulty = installation(&embedded);
    let mut tried = 0;
    faulty
        .installation
        .provider
        .insert("user_pin", quoted(WRONG_PIN));
    for start in 0..STARTS {
        let failure = faulty.installation.fail();
        failure.is(PIN_REFUSED, &["PIN"]);
        assert!(!failure.output.contains(WRONG_PIN), "{}", failure.output);
        let tries = faulty.calls(Function::C_Login);
        match tries - tried {
            0 => failure.is(PIN_REFUSED, &["was not tried", "allow_final_pin_try"]),
            1 => failure.is(PIN_REFUSED, &["CKR_PIN_INCORRECT", "not tried again"]),
            more => panic!("{more} tries of one start"),
        }
        // Once it is not tried any more, it never is.
        assert!(start == 0 || tries == tried || tried == start);
        tried = tries;
    }
    eprintln!("{tried} of {STARTS} starts tried the PIN");
    assert!(tried > 0 && tried < STARTS);

    // The last try is left for a person, who has the right PIN.
    faulty
        .installation
        .provider
        .insert("user_pin", quoted(&embedded.user_pin));
    faulty
        .installation
        .fail()
        .is(PIN_REFUSED, &["was not tried"]);
    assert_eq!(faulty.calls(Function::C_Login), tried);
    let allow = |faulty: &mut Faulty, allowed: bool| {
        let provider = &mut faulty.installation.provider;
        provider.insert("allow_final_pin_try", allowed.to_string());
    };
    allow(&mut faulty, true);
    let service = faulty.installation.start();
    let client = service.client("alice");
    client.generate("key", signing(256, ECDSA)).unwrap();
    signs(&client, "key", 256).unwrap();
    service.stop();

    // And all tries are there again.
    allow(&mut faulty, false);
    let service = faulty.installation.start();
    signs(&service.client("alice"), "key", 256).unwrap();
    service.stop();
}
