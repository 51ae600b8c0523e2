//! A client of a running Parsec service, in steps that explain themselves.
//!
//! ```sh
//! PARSEC_SERVICE_ENDPOINT=unix:/path/parsec.sock cargo run --example quickstart -- DIR
//! ```
//!
//! It makes keys, signs a file, agrees on a secret, and has OpenSSL's command line check the
//! results. Its files go to DIR. `quickstart --ping` only asks whether the service answers.
//! Nothing here knows that the keys live on a PKCS#11 token.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey, EcPoint, PointConversionForm};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use parsec_client::BasicClient;
use parsec_client::core::interface::operations::psa_algorithm::{
    Algorithm, AsymmetricSignature, Hash, KeyAgreement, RawKeyAgreement,
};
use parsec_client::core::interface::operations::psa_key_attributes::{
    Attributes, EccFamily, Lifetime, Policy, Type, UsageFlags,
};
use parsec_client::core::interface::requests::ResponseStatus;
use parsec_client::error::Error as ClientError;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const SIGNING_KEY: &str = "quickstart-signing";
const AGREEMENT_KEY: &str = "quickstart-agreement";

fn main() -> Outcome {
    let argument = env::args()
        .nth(1)
        .ok_or("usage: quickstart DIR | quickstart --ping")?;
    if argument == "--ping" {
        BasicClient::new_naked()?.ping()?;
        return Ok(());
    }
    let directory = Path::new(&argument);
    // Without a name: under this user's id, if the service authenticates by Unix peer credentials.
    let client = BasicClient::new(None)?;
    introduce(&client)?;
    sign_a_file(&client, directory)?;
    agree_on_a_secret(&client, directory)?;
    list_keys(&client)
}

fn introduce(client: &BasicClient) -> Outcome {
    step("The service and its provider");
    let (major, minor) = client.ping()?;
    println!("The service answers with wire protocol {major}.{minor}.");
    for provider in client.list_providers()? {
        println!(
            "  {}: {} {}.{}.{}",
            provider.id,
            provider.description,
            provider.version_maj,
            provider.version_min,
            provider.version_rev
        );
    }
    Ok(())
}

fn sign_a_file(client: &BasicClient, directory: &Path) -> Outcome {
    step("A P-256 key, made on the token; its private part never leaves it");
    let ecdsa = AsymmetricSignature::Ecdsa {
        hash_alg: Hash::Sha256.into(),
    };
    let mut usage = UsageFlags::default();
    let _ = usage.set_sign_hash().set_sign_message();
    generate(client, SIGNING_KEY, usage, ecdsa.into())?;

    step("A signature over a file");
    let file = directory.join("message.txt");
    fs::write(&file, "Signed by a key that nobody can read.\n")?;
    let digest = openssl::hash::hash(MessageDigest::sha256(), &fs::read(&file)?)?;
    let signature = client.psa_sign_hash(SIGNING_KEY, &digest, ecdsa)?;
    println!(
        "The service signed the SHA-256 of {}: r and s, {} bytes.",
        file.display(),
        signature.len()
    );
    let signature_file = directory.join("message.sig");
    fs::write(&signature_file, to_der(&signature)?)?;
    println!("As DER, which OpenSSL reads: {}", signature_file.display());

    step("OpenSSL verifies it with the exported public key");
    let public = directory.join("signing.pem");
    let point = client.psa_export_public_key(SIGNING_KEY)?;
    fs::write(&public, to_pem(&point)?)?;
    print!("{}", fs::read_to_string(&public)?);
    let said = openssl(&[
        "dgst",
        "-sha256",
        "-verify",
        text(&public)?,
        "-signature",
        text(&signature_file)?,
        text(&file)?,
    ])?;
    print!("{}", String::from_utf8_lossy(&said));
    Ok(())
}

fn agree_on_a_secret(client: &BasicClient, directory: &Path) -> Outcome {
    step("A second P-256 key, for key agreement (ECDH)");
    let ecdh = RawKeyAgreement::Ecdh;
    let mut usage = UsageFlags::default();
    let _ = usage.set_derive();
    generate(client, AGREEMENT_KEY, usage, KeyAgreement::Raw(ecdh).into())?;

    step("A secret that only the token and a peer know");
    let peer = directory.join("peer.pem");
    openssl(&[
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-out",
        text(&peer)?,
    ])?;
    let secret = client.psa_raw_key_agreement(ecdh, AGREEMENT_KEY, &public_point(&peer)?)?;
    println!("The token's side: {} bytes.", secret.len());

    let public = directory.join("agreement.pem");
    let point = client.psa_export_public_key(AGREEMENT_KEY)?;
    fs::write(&public, to_pem(&point)?)?;
    let peer_secret = openssl(&[
        "pkeyutl",
        "-derive",
        "-inkey",
        text(&peer)?,
        "-peerkey",
        text(&public)?,
    ])?;
    if secret != peer_secret {
        return Err("the two sides have different secrets".into());
    }
    println!("OpenSSL's side: the same {} bytes.", peer_secret.len());
    Ok(())
}

fn list_keys(client: &BasicClient) -> Outcome {
    step("The keys of this client");
    for key in client.list_keys()? {
        println!(
            "  {}: {:?}, {} bits, {:?}",
            key.name,
            key.attributes.key_type,
            key.attributes.bits,
            key.attributes.policy.permitted_algorithms
        );
    }
    Ok(())
}

fn step(title: &str) {
    println!("\n--- {title}");
}

fn generate(client: &BasicClient, name: &str, usage: UsageFlags, algorithm: Algorithm) -> Outcome {
    let attributes = Attributes {
        lifetime: Lifetime::Persistent,
        key_type: Type::EccKeyPair {
            curve_family: EccFamily::SecpR1,
        },
        bits: 256,
        policy: Policy {
            usage_flags: usage,
            permitted_algorithms: algorithm,
        },
    };
    match client.psa_generate_key(name, attributes) {
        Ok(()) => println!("Made the key {name:?}."),
        Err(ClientError::Service(ResponseStatus::PsaErrorAlreadyExists)) => {
            println!("The key {name:?} is there already, from an earlier run.");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Parsec's signature is r and s, 32 bytes each; OpenSSL wants Ecdsa-Sig-Value (RFC 3279, 2.2.3).
fn to_der(signature: &[u8]) -> Outcome<Vec<u8>> {
    let (r, s) = signature.split_at(signature.len() / 2);
    let signature =
        EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
    Ok(signature.to_der()?)
}

/// Parsec's public key is the point 04 || x || y (SEC 1, 2.3.3); PEM holds it with its curve.
fn to_pem(point: &[u8]) -> Outcome<Vec<u8>> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let mut context = BigNumContext::new()?;
    let point = EcPoint::from_bytes(&group, point, &mut context)?;
    Ok(EcKey::from_public_key(&group, &point)?.public_key_to_pem()?)
}

fn public_point(private_key: &Path) -> Outcome<Vec<u8>> {
    let key = EcKey::private_key_from_pem(&fs::read(private_key)?)?;
    let mut context = BigNumContext::new()?;
    let form = PointConversionForm::UNCOMPRESSED;
    Ok(key.public_key().to_bytes(key.group(), form, &mut context)?)
}

fn text(path: &Path) -> Outcome<&str> {
    Ok(path.to_str().ok_or("DIR is not UTF-8")?)
}

fn openssl(arguments: &[&str]) -> Outcome<Vec<u8>> {
    println!("$ openssl {}", arguments.join(" "));
    let output = Command::new("openssl").args(arguments).output()?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(format!("openssl: {}: {message}", output.status).into());
    }
    Ok(output.stdout)
}
