use serde_json::{Value, json};

use super::{FORM, NotOurs, open, sign};

const KEY: &str = "23bc46b1-71f6:123zO3";

fn content() -> Value {
    json!({ "flight": "f", "params": { "text": "a \"quoted\" line\n".repeat(100) } })
}

#[test]
fn what_was_signed_comes_back() {
    let text = sign(KEY, &content());
    assert_eq!(open(KEY, &text), Ok(content()));
    assert!(text.len() < content().to_string().len(), "{}", text.len());
}

#[test]
fn another_key_opens_nothing() {
    let text = sign(KEY, &content());
    let opened: Result<Value, _> = open("23bc46b1-71f6:another", &text);
    assert_eq!(opened, Err(NotOurs::Signature));
}

#[test]
fn no_byte_can_be_changed() {
    let text = sign(KEY, &content());
    for at in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("it stays ASCII");
        let opened: Result<Value, _> = open(KEY, &changed);
        assert!(opened.is_err(), "byte {at} of {text}");
    }
}

#[test]
fn what_users_write_is_not_ours() {
    for text in [
        "",
        ".",
        "..",
        FORM,
        "raptor1.x",
        "raptor1..",
        "raptor2.AA.AA",
        "text.",
    ] {
        let opened: Result<Value, _> = open(KEY, text);
        assert!(opened.is_err(), "{text}");
    }
}

#[test]
fn what_is_signed_and_of_another_kind_is_said_to_be() {
    let opened: Result<u32, _> = open(KEY, &sign(KEY, &content()));
    assert_eq!(opened, Err(NotOurs::Content));
}
