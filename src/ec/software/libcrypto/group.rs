//! Owns libcrypto's parameters of a curve.

use hex_literal::hex;
use openssl::asn1::Asn1Object;
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcPoint};
use openssl::error::ErrorStack;

use crate::ec::Curve;

/// The parameters of `curve`, by its name; those of FRP256v1, which OpenSSL has no name for, from here.
pub(super) fn of(curve: Curve) -> Result<EcGroup, ErrorStack> {
    match curve {
        Curve::Frp256v1 => frp256v1(),
        named => EcGroup::from_curve_name(Asn1Object::from_str(named.name())?.nid()),
    }
}

/// ANSSI: Journal officiel de la République française, 16 October 2011, text 30. The cofactor is 1.
fn frp256v1() -> Result<EcGroup, ErrorStack> {
    let p = hex!("f1fd178c0b3ad58f10126de8ce42435b3961adbcabc8ca6de8fcf353d86e9c03");
    let a = hex!("f1fd178c0b3ad58f10126de8ce42435b3961adbcabc8ca6de8fcf353d86e9c00");
    let b = hex!("ee353fca5428a9300d4aba754a44c00fdfec0c9ae4b1a1803075ed967b7bb73f");
    let generator = hex!(
        "04"
        "b6b3d4c356c139eb31183d4749d423958c27d2dcaf98b70164c97a2dd98f5cff"
        "6142e0f7c8b204911f9271f0f3ecef8c2701c307e8e4c9e183115a1554062cfb"
    );
    let mut context = BigNumContext::new()?;
    let [p, a, b] = [p, a, b].map(|number| BigNum::from_slice(&number));
    let mut group = EcGroup::from_components(p?, a?, b?, &mut context)?;
    let generator = EcPoint::from_bytes(&group, &generator, &mut context)?;
    let order = BigNum::from_slice(Curve::Frp256v1.order())?;
    group.set_generator(generator, order, BigNum::from_u32(1)?)?;
    Ok(group)
}

#[cfg(test)]
mod tests {
    use openssl::ec::EcGroupRef;

    use super::*;

    fn order(group: &EcGroupRef) -> BigNum {
        let mut order = BigNum::new().unwrap();
        let mut context = BigNumContext::new().unwrap();
        group.order(&mut order, &mut context).unwrap();
        order
    }

    #[test]
    fn every_order_is_that_of_the_table() {
        for curve in Curve::ALL.iter().copied() {
            if let Ok(group) = of(curve) {
                assert_eq!(order(&group).to_vec(), curve.order(), "{curve}");
            }
        }
    }

    /// With its cofactor of 1 the group is that of all points if n is prime, n·G = infinity and n is
    /// within Hasse's bound, |n - (p + 1)| <= 2·sqrt(p).
    #[test]
    fn frp256v1_is_a_group_of_prime_order() {
        let group = frp256v1().unwrap();
        let mut context = BigNumContext::new().unwrap();
        let order = order(&group);
        assert!(order.is_prime(64, &mut context).unwrap());

        let generator = group.generator_opt().unwrap();
        assert!(generator.is_on_curve(&group, &mut context).unwrap());
        let mut product = EcPoint::new(&group).unwrap();
        product
            .mul2(&group, generator, &order, &mut context)
            .unwrap();
        assert!(product.is_infinity(&group));

        let [mut p, mut a, mut b] = [(); 3].map(|()| BigNum::new().unwrap());
        group
            .components_gfp(&mut p, &mut a, &mut b, &mut context)
            .unwrap();
        assert!(p.is_prime(64, &mut context).unwrap());
        let mut distance = BigNum::new().unwrap();
        distance.checked_sub(&order, &p).unwrap();
        assert!(distance.num_bits() <= 129);
        a.add_word(3).unwrap();
        assert_eq!(a, p);
    }
}
