use rsa::PublicKey;
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey};
use rsa::traits::PublicKeyParts;
use serde_json::{Map, Value, json};

use super::*;

const FLAGS: RsaKeygen = RsaKeygen {
    bits: 1024,
    small_keys: false,
};

fn params(value: Value) -> Params {
    let object: Map<String, Value> = serde_json::from_value(value).unwrap();
    Params::from(object)
}

#[test]
fn the_two_keys_belong_together_and_have_the_size_that_was_asked_for() {
    let pair = FLAGS.run(&Params::default()).unwrap();
    let private = PrivateKey::from_pkcs8_pem(&pair.private_key).unwrap();
    let public = PublicKey::from_public_key_pem(&pair.public_key).unwrap();
    private.validate().unwrap();
    assert_eq!(private.to_public_key(), public);
    assert_eq!(public.n().bit_width_vartime(), 1024);
    assert_eq!(pair.bits, 1024);
}

#[test]
fn two_runs_give_two_keys() {
    let run = || FLAGS.run(&Params::default()).unwrap().public_key;
    assert_ne!(run(), run());
}

#[test]
fn the_parameter_overrides_the_flag() {
    let bits = FLAGS.bits(&params(json!({ "bits": 4096 }))).unwrap();
    assert_eq!(bits, 4096);
}

#[test]
fn silly_sizes_are_refused_and_the_text_says_what_to_do() {
    let refusal = |bits: u32| {
        let error = FLAGS.bits(&params(json!({ "bits": bits }))).unwrap_err();
        error.to_string()
    };
    assert_eq!(
        refusal(512),
        "make a key of 512 bits: fewer than 1024 are no secret (--small-keys allows them)"
    );
    assert_eq!(
        refusal(16_385),
        "make a key of 16385 bits: more than 16384 take too long"
    );
}

#[test]
fn small_keys_are_made_when_the_flag_allows_them() {
    let flags = RsaKeygen {
        bits: 512,
        small_keys: true,
    };
    let pair = flags.run(&Params::default()).unwrap();
    assert_eq!(pair.bits, 512);
    let refused = flags.bits(&params(json!({ "bits": 32 })));
    assert!(matches!(
        refused,
        Err(KeygenError::TooShort { min: 64, .. })
    ));
}
