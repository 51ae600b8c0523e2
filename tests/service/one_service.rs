//! One service at a time uses the mappings of a key info manager: two would undo each other's creations.

use crate::fixture::{Installation, Manager};
use crate::keys::{ECDSA, signing, signs};

#[test]
fn a_second_one_on_the_same_mappings_is_refused() {
    for manager in Manager::ALL {
        let installation = Installation::direct(manager);
        let service = installation.start();
        let client = service.client("alice");
        client.generate("key", signing(256, ECDSA)).unwrap();

        let elsewhere = installation.config().replace("parsec.sock", "other.sock");
        let failure = installation.fail_with(&elsewhere);
        failure.is(1, &["another service uses the mappings", "key_manager"]);
        assert!(!installation.path("other.sock").exists());

        // Its own reload is not kept from them, nor the next one once it is gone.
        installation.write_config(&installation.config());
        service.signal("HUP");
        service.wait_for_log("] ready\n", 2);
        signs(&client, "key", 256).unwrap();
        service.kill();
        let service = installation.start();
        signs(&service.client("alice"), "key", 256).unwrap();
        service.stop();
    }
}
