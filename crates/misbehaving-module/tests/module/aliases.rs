//! Handles that are those of other objects.

use cryptoki::object::{Attribute, ObjectClass};
use misbehaving_module::control::{Alias, Control, KeyClass};
use misbehaving_module::names::Function;

use crate::fixture::{Fixture, Outcome, key_pair};

#[test]
fn an_object_gets_the_handle_of_an_older_one() -> Outcome {
    let fixture = Fixture::new()?;
    let session = fixture.logged_in()?;
    let first = key_pair(&session)?;
    let second = key_pair(&session)?;
    let alias = |function, class| Alias::new(function, class);
    fixture.set(|control| Control {
        alias: vec![
            alias(Function::C_GenerateKeyPair, KeyClass::PrivateKey),
            Alias {
                oldest: KeyClass::PrivateKey,
                ..alias(Function::C_FindObjects, KeyClass::PublicKey)
            },
        ],
        ..control
    })?;
    let third = key_pair(&session)?;
    assert_eq!(third.1, first.1);
    assert!(![first.0, second.0].contains(&third.0));
    let fourth = key_pair(&session)?;
    assert!(![first.1, second.1].contains(&fourth.1), "once only");

    let publics = [Attribute::Class(ObjectClass::PUBLIC_KEY)];
    let found = session.find_objects(&publics)?;
    assert_eq!(found.len(), 4);
    assert!(found.contains(&first.1));
    let found = session.find_objects(&publics)?;
    assert!(!found.contains(&first.1));
    let all = session.find_objects(&[])?;
    assert_eq!(all.len(), 8, "the objects are all there");
    Ok(())
}
