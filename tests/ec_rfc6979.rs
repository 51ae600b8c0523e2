//! Owns the known answers on binary curves: RFC 6979, appendix A.2; Wycheproof has none for them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use hex_literal::hex;
use parsec_pkcs11_ecc::ec::{Curve, Hash, PrivateKey, Signature, software};

/// A key and its signature over "sample", hashed with SHA-512: longer than every order but two.
struct Answer {
    curve: Curve,
    x: &'static [u8],
    r: &'static [u8],
    s: &'static [u8],
}

const ANSWERS: &[Answer] = &[
    Answer {
        curve: Curve::Sect163k1,
        x: &hex!("009A4D6792295A7F730FC3F2B49CBC0F62E862272F"),
        r: &hex!("038E487F218D696A7323B891F0CCF055D895B77ADC"),
        s: &hex!("00972D7721093F9B3835A5EB7F0442FA8DCAA873C4"),
    },
    Answer {
        curve: Curve::Sect233k1,
        x: &hex!("103B2142BDC2A3C3B55080D09DF1808F79336DA2399F5CA7171D1BE9B0"),
        r: &hex!("47C4AC1B344028CC740BA7BB9F8AA59D6390E3158153D4F2ADE4B74950"),
        s: &hex!("26CE0CDE18A1B884B3EE1A879C13B42F11BB7C85F7A3745C8BECEC8E6E"),
    },
    Answer {
        curve: Curve::Sect283k1,
        x: &hex!(
            "006A0777356E87B89BA1ED3A3D845357BE33"
            "2173C8F7A65BDC7DB4FAB3C4CC79ACC8194E"
        ),
        r: &hex!(
            "01D0008CF4BA4A701BEF70771934C2A4A873"
            "86155A2354140E2ED52E18553C35B47D9E50"
        ),
        s: &hex!(
            "00D15F4FA1B7A4D41D9843578E22EF987731"
            "79103DC4FF0DD1F74A6B5642841B91056F78"
        ),
    },
    Answer {
        curve: Curve::Sect409k1,
        x: &hex!(
            "29C16768F01D1B8A89FDA85E2EFD73A09558B92A178A2931F359"
            "E4D70AD853E569CDAF16DAA569758FB4E73089E4525D8BBFCF"
        ),
        r: &hex!(
            "16C7E7FB33B5577F7CF6F77762F0F2D531C6E7A3528BD2CF5824"
            "98C1A48F200789E9DF7B754029DA0D7E3CE96A2DC760932606"
        ),
        s: &hex!(
            "2729617EFBF80DA5D2F201AC7910D3404A992C39921C2F65F8CF"
            "4601392DFE933E6457EAFDBD13DFE160D243100378B55C290A"
        ),
    },
    Answer {
        curve: Curve::Sect571k1,
        x: &hex!(
            "00C16F58550D824ED7B95569D4445375D3A490BC7E0194C4"
            "1A39DEB732C29396CDF1D66DE02DD1460A816606F3BEC0F3"
            "2202C7BD18A32D87506466AA92032F1314ED7B19762B0D22"
        ),
        r: &hex!(
            "0086C9E048EADD7D3D2908501086F3AF449A01AF6BEB2026"
            "DC381B39530BCDDBE8E854251CBD5C31E6976553813C1121"
            "3E4761CB8CA2E5352240AD9FB9C635D55FAB13AE42E4EE4F"
        ),
        s: &hex!(
            "009FEE0A68F322B380217FCF6ABFF15D78C432BD8DD82E18"
            "B6BA877C01C860E24410F5150A44F979920147826219766E"
            "CB4E2E11A151B6A15BB8E2E825AC95BCCA228D8A1C9D3568"
        ),
    },
    Answer {
        curve: Curve::Sect163r2,
        x: &hex!("035318FC447D48D7E6BC93B48617DDDEDF26AA658F"),
        r: &hex!("00B2F177A99F9DF2D51CCAF55F015F326E4B65E7A0"),
        s: &hex!("00DF1FB4487E9B120C5E970EFE48F55E406306C3A1"),
    },
    Answer {
        curve: Curve::Sect233r1,
        x: &hex!("007ADC13DD5BF34D1DDEEB50B2CE23B5F5E6D18067306D60C5F6FF11E5D3"),
        r: &hex!("003B62A4BF783919098B1E42F496E65F7621F01D1D466C46940F0F132A95"),
        s: &hex!("00F4BE031C6E5239E7DAA014CBBF1ED19425E49DAEB426EC9DF4C28A2E30"),
    },
    Answer {
        curve: Curve::Sect283r1,
        x: &hex!(
            "014510D4BC44F2D26F4553942C98073C1BD3"
            "5545CEABB5CC138853C5158D2729EA408836"
        ),
        r: &hex!(
            "00DA43A9ADFAA6AD767998A054C6A8F1CF77"
            "A562924628D73C62761847AD8286E0D91B47"
        ),
        s: &hex!(
            "01D118733AE2C88357827CAFC6F68ABC25C8"
            "0C640532925E95CFE66D40F8792F3AC44C42"
        ),
    },
    Answer {
        curve: Curve::Sect409r1,
        x: &hex!(
            "00494994CC325B08E7B4CE038BD9436F90B5E59A2C13C3140CD3"
            "AE07C04A01FC489F572CE0569A6DB7B8060393DE76330C624177"
        ),
        r: &hex!(
            "005D178DECAFD2D02A3DA0D8BA1C4C1D95EE083C760DF782193A"
            "9F7B4A8BE6FC5C21FD60613BCA65C063A61226E050A680B3ABD4"
        ),
        s: &hex!(
            "0013B7581E98F6A63FBBCB3E49BCDA60F816DB230B888506D105"
            "DC229600497C3B46588C784BE3AA9343BEF82F7C9C80AEB63C3B"
        ),
    },
    Answer {
        curve: Curve::Sect571r1,
        x: &hex!(
            "0028A04857F24C1C082DF0D909C0E72F453F2E2340CCB071"
            "F0E389BCA2575DA19124198C57174929AD26E348CF63F78D"
            "28021EF5A9BF2D5CBEAF6B7CCB6C4DA824DD5C82CFB24E11"
        ),
        r: &hex!(
            "01C26F40D940A7EAA0EB1E62991028057D91FEDA0366B606"
            "F6C434C361F04E545A6A51A435E26416F6838FFA260C617E"
            "798E946B57215284182BE55F29A355E6024FE32A47289CF0"
        ),
        s: &hex!(
            "03691DE4369D921FE94EDDA67CB71FBBEC9A436787478063"
            "EB1CC778B3DCDC1C4162662752D28DEEDF6F32A269C82D1D"
            "B80C87CE4D3B662E03AC347806E3F19D18D6D4DE7358DF7E"
        ),
    },
];

/// The public key is computed from x, so a wrong d·G shows as a signature that does not verify.
#[test]
fn signatures_of_the_rfc_verify() {
    for answer in ANSWERS {
        let curve = answer.curve;
        if software::require(curve).is_err() {
            continue;
        }
        let key = PrivateKey::from_value(curve, answer.x).unwrap();
        let public = key.public_key().unwrap();
        let r_s = [answer.r, answer.s].concat();
        let signature = Signature::from_bytes(curve, &r_s).unwrap();
        let digest = Hash::Sha512.digest(b"sample");
        software::verify(&public, &digest, &signature).unwrap();
        let other = Hash::Sha512.digest(b"test");
        assert!(
            software::verify(&public, &other, &signature).is_err(),
            "{curve}"
        );
    }
}
