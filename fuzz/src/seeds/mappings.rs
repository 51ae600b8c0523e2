//! Owns the seeds of what key info managers store.

use parsec_pkcs11_ecc_fuzz::wire;

use crate::Seeds;

pub(crate) fn add(seeds: &mut Seeds) {
    let serial = |text: &str| {
        let length = u64::try_from(text.len()).expect("short");
        [&length.to_le_bytes()[..], text.as_bytes()].concat()
    };
    let upstream = 0x0102_0304_u32.to_le_bytes().to_vec();
    let mut ids = vec![upstream.clone()];
    for state in 0..=4 {
        for text in ["", "05ef10c2a9d3b7e8"] {
            let tail = [&b"PECC\x01"[..], &[state], &serial(text)].concat();
            ids.push([upstream.clone(), tail].concat());
        }
    }
    for id in ids {
        seeds.add("stored_id", &id);
        let content = mapping(&id);
        for path in ["YXBw/2/a2V5", "YXBw/1/a2V5", "parsec/Y29yZQ==", "x/y/z"] {
            let length = u8::try_from(path.len()).expect("short");
            seeds.add(
                "mapping_file",
                [&[length], path.as_bytes(), &content].concat(),
            );
        }
    }
}

/// What the on-disk manager writes: an identifier, and the attributes.
fn mapping(id: &[u8]) -> Vec<u8> {
    let attributes = wire::attributes("signing");
    bincode::serialize(&(id.to_vec(), attributes)).expect("a mapping can be encoded")
}
