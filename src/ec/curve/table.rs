//! Owns the table of curves: one row per curve of Parsec's wire protocol.

use hex_literal::hex;

use super::Family;

/// What the rest of `ec` knows about a curve.
#[derive(Debug)]
pub(super) struct Row {
    /// The name that the curve's authors gave it.
    pub(super) name: &'static str,
    pub(super) family: Family,
    /// The size of the field, in bits: of p, or the m of a binary field.
    pub(super) field_bits: usize,
    /// The order of the base point, big-endian, without leading zeros.
    pub(super) order: &'static [u8],
    /// The DER OBJECT IDENTIFIER that names the curve in `CKA_EC_PARAMS`.
    pub(super) oid: &'static [u8],
}

/// Makes the enum, the list of all curves and the lookup of a row out of one table.
macro_rules! curves {
    ($($(#[$doc:meta])* $curve:ident $row:tt)+) => {
        /// A named elliptic curve.
        ///
        /// Prints as the name that its authors gave it, for example `secp256r1` (SEC 2),
        /// `brainpoolP256r1` (RFC 5639) or `curve25519` (RFC 7748).
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Curve {
            $($(#[$doc])* $curve,)+
        }

        impl Curve {
            /// Every curve of the table, in its order.
            pub const ALL: &'static [Self] = &[$(Self::$curve,)+];

            pub(super) const fn row(self) -> &'static Row {
                match self {
                    $(Self::$curve => &curves!(@row $row),)+
                }
            }
        }
    };
    (@row { $($field:ident: $value:expr,)+ }) => {
        Row { $($field: $value,)+ }
    };
}

curves! {
    /// NIST P-192: FIPS 186-4, section D.1.2.1.
    Secp192r1 {
        name: "secp192r1",
        family: Family::SecpR1,
        field_bits: 192,
        order: &hex!("ffffffffffffffffffffffff99def836146bc9b1b4d22831"),
        oid: &hex!("06082a8648ce3d030101"),
    }
    /// NIST P-224: FIPS 186-4, section D.1.2.2.
    Secp224r1 {
        name: "secp224r1",
        family: Family::SecpR1,
        field_bits: 224,
        order: &hex!("ffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d"),
        oid: &hex!("06052b81040021"),
    }
    /// NIST P-256: FIPS 186-4, section D.1.2.3.
    Secp256r1 {
        name: "secp256r1",
        family: Family::SecpR1,
        field_bits: 256,
        order: &hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        oid: &hex!("06082a8648ce3d030107"),
    }
    /// NIST P-384: FIPS 186-4, section D.1.2.4.
    Secp384r1 {
        name: "secp384r1",
        family: Family::SecpR1,
        field_bits: 384,
        order: &hex!(
            "ffffffffffffffffffffffffffffffffffffffffffffffff"
            "c7634d81f4372ddf581a0db248b0a77aecec196accc52973"
        ),
        oid: &hex!("06052b81040022"),
    }
    /// NIST P-521: FIPS 186-4, section D.1.2.5.
    Secp521r1 {
        name: "secp521r1",
        family: Family::SecpR1,
        field_bits: 521,
        order: &hex!(
            "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
            "fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
        ),
        oid: &hex!("06052b81040023"),
    }
    /// SEC 2 version 2.0, section 2.2.1.
    Secp192k1 {
        name: "secp192k1",
        family: Family::SecpK1,
        field_bits: 192,
        order: &hex!("fffffffffffffffffffffffe26f2fc170f69466a74defd8d"),
        oid: &hex!("06052b8104001f"),
    }
    /// SEC 2 version 2.0, section 2.3.1. Its order is one bit longer than its field.
    Secp224k1 {
        name: "secp224k1",
        family: Family::SecpK1,
        field_bits: 224,
        order: &hex!("010000000000000000000000000001dce8d2ec6184caf0a971769fb1f7"),
        oid: &hex!("06052b81040020"),
    }
    /// SEC 2 version 2.0, section 2.4.1.
    Secp256k1 {
        name: "secp256k1",
        family: Family::SecpK1,
        field_bits: 256,
        order: &hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
        oid: &hex!("06052b8104000a"),
    }
    /// SEC 2 version 1.0, section 2.4.3. Its order is one bit longer than its field.
    Secp160r2 {
        name: "secp160r2",
        family: Family::SecpR2,
        field_bits: 160,
        order: &hex!("0100000000000000000000351ee786a818f3a1a16b"),
        oid: &hex!("06052b8104001e"),
    }
    /// RFC 5639, section 3.1.
    BrainpoolP160r1 {
        name: "brainpoolP160r1",
        family: Family::BrainpoolPR1,
        field_bits: 160,
        order: &hex!("e95e4a5f737059dc60df5991d45029409e60fc09"),
        oid: &hex!("06092b2403030208010101"),
    }
    /// RFC 5639, section 3.2.
    BrainpoolP192r1 {
        name: "brainpoolP192r1",
        family: Family::BrainpoolPR1,
        field_bits: 192,
        order: &hex!("c302f41d932a36cda7a3462f9e9e916b5be8f1029ac4acc1"),
        oid: &hex!("06092b2403030208010103"),
    }
    /// RFC 5639, section 3.3.
    BrainpoolP224r1 {
        name: "brainpoolP224r1",
        family: Family::BrainpoolPR1,
        field_bits: 224,
        order: &hex!("d7c134aa264366862a18302575d0fb98d116bc4b6ddebca3a5a7939f"),
        oid: &hex!("06092b2403030208010105"),
    }
    /// RFC 5639, section 3.4.
    BrainpoolP256r1 {
        name: "brainpoolP256r1",
        family: Family::BrainpoolPR1,
        field_bits: 256,
        order: &hex!("a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7"),
        oid: &hex!("06092b2403030208010107"),
    }
    /// RFC 5639, section 3.5.
    BrainpoolP320r1 {
        name: "brainpoolP320r1",
        family: Family::BrainpoolPR1,
        field_bits: 320,
        order: &hex!(
            "d35e472036bc4fb7e13c785ed201e065f98fcfa5"
            "b68f12a32d482ec7ee8658e98691555b44c59311"
        ),
        oid: &hex!("06092b2403030208010109"),
    }
    /// RFC 5639, section 3.6.
    BrainpoolP384r1 {
        name: "brainpoolP384r1",
        family: Family::BrainpoolPR1,
        field_bits: 384,
        order: &hex!(
            "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b3"
            "1f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565"
        ),
        oid: &hex!("06092b240303020801010b"),
    }
    /// RFC 5639, section 3.7.
    BrainpoolP512r1 {
        name: "brainpoolP512r1",
        family: Family::BrainpoolPR1,
        field_bits: 512,
        order: &hex!(
            "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870"
            "553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069"
        ),
        oid: &hex!("06092b240303020801010d"),
    }
    /// NIST K-163: SEC 2 version 2.0, section 3.2.1.
    Sect163k1 {
        name: "sect163k1",
        family: Family::SectK1,
        field_bits: 163,
        order: &hex!("04000000000000000000020108a2e0cc0d99f8a5ef"),
        oid: &hex!("06052b81040001"),
    }
    /// NIST K-233: SEC 2 version 2.0, section 3.3.1.
    Sect233k1 {
        name: "sect233k1",
        family: Family::SectK1,
        field_bits: 233,
        order: &hex!("8000000000000000000000000000069d5bb915bcd46efb1ad5f173abdf"),
        oid: &hex!("06052b8104001a"),
    }
    /// SEC 2 version 2.0, section 3.4.1.
    Sect239k1 {
        name: "sect239k1",
        family: Family::SectK1,
        field_bits: 239,
        order: &hex!("2000000000000000000000000000005a79fec67cb6e91f1c1da800e478a5"),
        oid: &hex!("06052b81040003"),
    }
    /// NIST K-283: SEC 2 version 2.0, section 3.5.1.
    Sect283k1 {
        name: "sect283k1",
        family: Family::SectK1,
        field_bits: 283,
        order: &hex!(
            "01ffffffffffffffffffffffffffffffffff"
            "e9ae2ed07577265dff7f94451e061e163c61"
        ),
        oid: &hex!("06052b81040010"),
    }
    /// NIST K-409: SEC 2 version 2.0, section 3.6.1.
    Sect409k1 {
        name: "sect409k1",
        family: Family::SectK1,
        field_bits: 409,
        order: &hex!(
            "7ffffffffffffffffffffffffffffffffffffffffffffffffffe"
            "5f83b2d4ea20400ec4557d5ed3e3e7ca5b4b5c83b8e01e5fcf"
        ),
        oid: &hex!("06052b81040024"),
    }
    /// NIST K-571: SEC 2 version 2.0, section 3.7.1.
    Sect571k1 {
        name: "sect571k1",
        family: Family::SectK1,
        field_bits: 571,
        order: &hex!(
            "020000000000000000000000000000000000000000000000"
            "000000000000000000000000131850e1f19a63e4b391a8db"
            "917f4138b630d84be5d639381e91deb45cfe778f637c1001"
        ),
        oid: &hex!("06052b81040026"),
    }
    /// SEC 2 version 2.0, section 3.2.2.
    Sect163r1 {
        name: "sect163r1",
        family: Family::SectR1,
        field_bits: 163,
        order: &hex!("03ffffffffffffffffffff48aab689c29ca710279b"),
        oid: &hex!("06052b81040002"),
    }
    /// NIST B-233: SEC 2 version 2.0, section 3.3.2.
    Sect233r1 {
        name: "sect233r1",
        family: Family::SectR1,
        field_bits: 233,
        order: &hex!("01000000000000000000000000000013e974e72f8a6922031d2603cfe0d7"),
        oid: &hex!("06052b8104001b"),
    }
    /// NIST B-283: SEC 2 version 2.0, section 3.5.2.
    Sect283r1 {
        name: "sect283r1",
        family: Family::SectR1,
        field_bits: 283,
        order: &hex!(
            "03ffffffffffffffffffffffffffffffffff"
            "ef90399660fc938a90165b042a7cefadb307"
        ),
        oid: &hex!("06052b81040011"),
    }
    /// NIST B-409: SEC 2 version 2.0, section 3.6.2.
    Sect409r1 {
        name: "sect409r1",
        family: Family::SectR1,
        field_bits: 409,
        order: &hex!(
            "0100000000000000000000000000000000000000000000000000"
            "01e2aad6a612f33307be5fa47c3c9e052f838164cd37d9a21173"
        ),
        oid: &hex!("06052b81040025"),
    }
    /// NIST B-571: SEC 2 version 2.0, section 3.7.2.
    Sect571r1 {
        name: "sect571r1",
        family: Family::SectR1,
        field_bits: 571,
        order: &hex!(
            "03ffffffffffffffffffffffffffffffffffffffffffffff"
            "ffffffffffffffffffffffffe661ce18ff55987308059b18"
            "6823851ec7dd9ca1161de93d5174d66e8382e9bb2fe84e47"
        ),
        oid: &hex!("06052b81040027"),
    }
    /// NIST B-163: SEC 2 version 2.0, section 3.2.3.
    Sect163r2 {
        name: "sect163r2",
        family: Family::SectR2,
        field_bits: 163,
        order: &hex!("040000000000000000000292fe77e70c12a4234c33"),
        oid: &hex!("06052b8104000f"),
    }
    /// ANSSI: Journal officiel de la République française, 16 October 2011, text 30.
    Frp256v1 {
        name: "FRP256v1",
        family: Family::Frp,
        field_bits: 256,
        order: &hex!("f1fd178c0b3ad58f10126de8ce42435b53dc67e140d2bf941ffdd459c6d655e1"),
        oid: &hex!("060a2a817a01815f65820001"),
    }
    /// RFC 7748, section 4.1; its identifier is that of X25519 in RFC 8410.
    Curve25519 {
        name: "curve25519",
        family: Family::Montgomery,
        field_bits: 255,
        order: &hex!("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed"),
        oid: &hex!("06032b656e"),
    }
    /// RFC 7748, section 4.2; its identifier is that of X448 in RFC 8410.
    Curve448 {
        name: "curve448",
        family: Family::Montgomery,
        field_bits: 448,
        order: &hex!(
            "3fffffffffffffffffffffffffffffffffffffffffffffffffffffff"
            "7cca23e9c44edb49aed63690216cc2728dc58f552378c292ab5844f3"
        ),
        oid: &hex!("06032b656f"),
    }
}
