//! Owns the suite `encodings`: in which form the token shows points, curves and signatures, and takes them.

mod compressed;
mod params;
mod point;
mod signature;

use crate::check::case::Case;
use crate::ec::Curve;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &curve in Curve::ALL {
        cases.push(point::case(curve));
        cases.push(params::shown_case(curve));
        if !curve.is_montgomery() {
            cases.push(signature::width_case(curve));
        }
    }
    cases.push(signature::zeros_case());
    cases.extend(params::name_cases());
    cases.extend(compressed::cases());
    cases
}
