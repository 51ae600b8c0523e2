//! Owns signatures that chance does not make: x beyond the order, equal and opposite addends.

use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::ec::{EcKey, EcPoint, EcPointRef, PointConversionForm};
use openssl::ecdsa::EcdsaSig;
use parsec_pkcs11_ecc::ec::{Curve, PublicKey, Signature, software};

use crate::judge::{curves, group};

/// Arithmetic modulo the order of one curve, by OpenSSL.
struct Order {
    curve: Curve,
    n: BigNum,
}

impl Order {
    fn of(curve: Curve) -> Self {
        let n = BigNum::from_slice(curve.order()).unwrap();
        Self { curve, n }
    }

    fn reduce(&self, a: &BigNumRef) -> BigNum {
        let mut reduced = BigNum::new().unwrap();
        reduced
            .nnmod(a, &self.n, &mut BigNumContext::new().unwrap())
            .unwrap();
        reduced
    }

    fn product(&self, a: &BigNumRef, b: &BigNumRef) -> BigNum {
        let mut product = BigNum::new().unwrap();
        product
            .mod_mul(a, b, &self.n, &mut BigNumContext::new().unwrap())
            .unwrap();
        product
    }

    fn inverse(&self, a: &BigNumRef) -> BigNum {
        let mut inverse = BigNum::new().unwrap();
        inverse
            .mod_inverse(a, &self.n, &mut BigNumContext::new().unwrap())
            .unwrap();
        inverse
    }

    fn negative(&self, a: &BigNumRef) -> BigNum {
        let mut negative = BigNum::new().unwrap();
        negative.checked_sub(&self.n, a).unwrap();
        negative
    }

    fn random(&self) -> BigNum {
        let mut random = BigNum::new().unwrap();
        self.n.rand_range(&mut random).unwrap();
        random
    }

    /// The digest of whole bytes whose leftmost bits are `z`.
    fn digest(&self, z: &BigNumRef) -> Vec<u8> {
        let len = i32::try_from(self.curve.order_len()).unwrap();
        let surplus = 8 * len - i32::try_from(self.curve.order_bits()).unwrap();
        let mut shifted = BigNum::new().unwrap();
        shifted.lshift(z, surplus).unwrap();
        shifted.to_vec_padded(len).unwrap()
    }

    fn multiple_of_generator(&self, k: &BigNumRef) -> EcPoint {
        let group = group(self.curve);
        let mut point = EcPoint::new(&group).unwrap();
        point
            .mul_generator2(&group, k, &mut BigNumContext::new().unwrap())
            .unwrap();
        point
    }

    /// The x coordinate, not reduced.
    fn x(&self, point: &EcPointRef) -> BigNum {
        let [mut x, mut y] = [(); 2].map(|()| BigNum::new().unwrap());
        let mut context = BigNumContext::new().unwrap();
        point
            .affine_coordinates(&group(self.curve), &mut x, &mut y, &mut context)
            .unwrap();
        x
    }

    /// Both verdicts; they must not differ.
    fn verdict(&self, key: &EcPointRef, z: &BigNumRef, r: &BigNumRef, s: &BigNumRef) -> bool {
        let group = group(self.curve);
        let digest = self.digest(z);
        let openssl =
            EcdsaSig::from_private_components(r.to_owned().unwrap(), s.to_owned().unwrap())
                .unwrap()
                .verify(&digest, &EcKey::from_public_key(&group, key).unwrap())
                // It fails, rather than says no, when the sum is the point at infinity.
                .unwrap_or(false);

        let form = PointConversionForm::UNCOMPRESSED;
        let sec1 = key
            .to_bytes(&group, form, &mut BigNumContext::new().unwrap())
            .unwrap();
        let key = PublicKey::from_bytes(self.curve, &sec1).unwrap();
        let len = i32::try_from(self.curve.order_len()).unwrap();
        let r_s = [r, s].map(|half| half.to_vec_padded(len).unwrap()).concat();
        let signature = Signature::from_bytes(self.curve, &r_s).unwrap();
        let ours = software::verify(&key, &digest, &signature).is_ok();
        assert_eq!(ours, openssl, "{}", self.curve);
        ours
    }
}

/// The commitment's x is between n and p, so r = x - n. Chance needs 2^32 signatures and more.
#[test]
fn x_beyond_the_order_is_reduced() {
    // The order of secp224k1 and secp160r2 is above every x.
    for curve in curves().filter(|curve| curve.order_len() <= curve.field_len()) {
        let order = Order::of(curve);
        let group = group(curve);
        let mut context = BigNumContext::new().unwrap();
        let (r, commitment) = (1..1000)
            .find_map(|r| {
                let r = BigNum::from_u32(r).unwrap();
                let mut x = BigNum::new().unwrap();
                x.checked_add(&order.n, &r).unwrap();
                let x = x
                    .to_vec_padded(i32::try_from(curve.field_len()).unwrap())
                    .unwrap();
                let compressed = [&[0x02], &x[..]].concat();
                let point = EcPoint::from_bytes(&group, &compressed, &mut context).ok()?;
                let key = EcKey::from_public_key(&group, &point).unwrap();
                // With a cofactor above 1 many points are outside the group of the base point.
                key.check_key().is_ok().then_some((r, point))
            })
            .unwrap();
        // The key whose signature over z is (r, s) with this commitment: Q = (s·R - z·G) / r.
        let (z, s) = (order.random(), order.random());
        let r_inverse = order.inverse(&r);
        let of_generator = order.product(&order.negative(&z), &r_inverse);
        let of_commitment = order.product(&s, &r_inverse);
        let mut key = EcPoint::new(&group).unwrap();
        key.mul_full(
            &group,
            &of_generator,
            &commitment,
            &of_commitment,
            &mut context,
        )
        .unwrap();

        assert!(order.verdict(&key, &z, &r, &s), "{curve}");
        let mut next = order.reduce(&z);
        next.add_word(1).unwrap();
        assert!(!order.verdict(&key, &next, &r, &s), "{curve}");
    }
}

/// z = r·d makes both addends of the verification equal: the sum is a doubling.
#[test]
fn equal_addends_are_doubled() {
    for curve in curves() {
        let order = Order::of(curve);
        let (d, k) = (order.random(), order.random());
        let r = order.reduce(&order.x(&order.multiple_of_generator(&k)));
        let z = order.product(&r, &d);
        let two = BigNum::from_u32(2).unwrap();
        let s = order.product(&order.product(&two, &z), &order.inverse(&k));
        assert!(
            order.verdict(&order.multiple_of_generator(&d), &z, &r, &s),
            "{curve}"
        );
    }
}

/// z = -r·d makes them opposite: the sum is the point at infinity, which has no x.
#[test]
fn opposite_addends_do_not_verify() {
    for curve in curves() {
        let order = Order::of(curve);
        let (d, r, s) = (order.random(), order.random(), order.random());
        let z = order.negative(&order.product(&r, &d));
        assert!(
            !order.verdict(&order.multiple_of_generator(&d), &z, &r, &s),
            "{curve}"
        );
    }
}

/// Keys ±G and the smallest and largest r and s.
#[test]
fn extremes_are_judged_alike() {
    let one = BigNum::from_u32(1).unwrap();
    for curve in curves() {
        let order = Order::of(curve);
        let extremes = [one.to_owned().unwrap(), order.negative(&one)];
        let zero = BigNum::new().unwrap();
        let mut valid = 0;
        for d in &extremes {
            let key = order.multiple_of_generator(d);
            let generator_x = order.reduce(&order.x(&key));
            for z in extremes.iter().chain([&zero, &generator_x]) {
                for r in extremes.iter().chain([&generator_x]) {
                    for s in extremes.iter().chain([&generator_x]) {
                        valid += usize::from(order.verdict(&key, z, r, s));
                    }
                }
            }
        }
        // z = 0 and r = s = x(G) is a signature by G and by -G.
        assert!(valid >= 2, "{curve}");
    }
}
