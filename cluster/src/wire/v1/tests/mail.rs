//! Golden bytes of mail, and bytes that are none.

use crate::remote::EndCause;
use crate::remote::mail::{Address, Letter, Mail, Membership, Undeliverable};
use crate::wire::{
    DecodeError, begin_ask, begin_reply, begin_tell, decode_mail, encode_address, encode_mail,
    is_mail,
};

const ADDRESS: Address<'static> = Address {
    actor: "a",
    kind: "k",
    version: 300,
};
const LETTER: Letter<'static> = Letter {
    address: ADDRESS,
    body: b"b",
};
const MEMBERSHIP: Membership<'static> = Membership {
    group: "g",
    actor: "a",
};

/// One of each kind, with its bytes in hexadecimal digits.
fn all() -> Vec<(Mail<'static>, &'static str)> {
    let number = 301;
    let refused = |why| Mail::Replied {
        number,
        reply: Err(why),
    };
    let terminated = |why| Mail::Terminated { number, why };
    let (actor, address) = ("a", ADDRESS);
    let (min, max) = (1, 2);
    let bounced = Mail::Bounced {
        address,
        why: Undeliverable::Stopped,
    };
    let reply = Ok(&b"b"[..]);
    // fa: mail. fb: two bytes follow, the lesser first. The body is what is left.
    vec![
        (Mail::Tell(LETTER), "fa 00 0161 016b fb2c01 62"),
        (
            Mail::Ask {
                number,
                letter: LETTER,
            },
            "fa 01 0161 016b fb2c01 fb2d01 62",
        ),
        (Mail::Replied { number, reply }, "fa 02 fb2d01 00 62"),
        (refused(Undeliverable::NoSuchActor), "fa 02 fb2d01 01 00"),
        (refused(Undeliverable::UnknownKind), "fa 02 fb2d01 01 01"),
        (
            refused(Undeliverable::UnknownVersion { min, max }),
            "fa 02 fb2d01 01 02 01 02",
        ),
        (refused(Undeliverable::Stopped), "fa 02 fb2d01 01 03"),
        (refused(Undeliverable::Malformed), "fa 02 fb2d01 01 04"),
        (refused(Undeliverable::AnswerTooLong), "fa 02 fb2d01 01 05"),
        (bounced, "fa 03 0161 016b fb2c01 03"),
        (Mail::Joined(MEMBERSHIP), "fa 04 0167 0161"),
        (Mail::Left(MEMBERSHIP), "fa 05 0167 0161"),
        (Mail::Watch { number, actor }, "fa 06 fb2d01 0161"),
        (Mail::Unwatch { number }, "fa 07 fb2d01"),
        (terminated(EndCause::Stopped), "fa 08 fb2d01 00"),
        (terminated(EndCause::NoSuchActor), "fa 08 fb2d01 01"),
        (terminated(EndCause::NodeDown), "fa 08 fb2d01 02"),
        (terminated(EndCause::TooManyWatches), "fa 08 fb2d01 03"),
    ]
}

#[test]
fn what_actors_say_to_each_other() {
    for (mail, hex) in all() {
        let bytes = encode_mail(&mail);
        let found: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let hex: String = hex.split_whitespace().collect();
        assert_eq!(found, hex, "version 1 has changed: {mail:?}");
        assert!(is_mail(&bytes));
        assert_eq!(decode_mail(&bytes).expect("it was encoded here"), mail);
    }
}

#[test]
fn letters_written_in_place_are_the_same() {
    let address = encode_address(ADDRESS);
    let (letter, number) = (LETTER, 301);
    let with_body = |mut begun: Vec<u8>| {
        begun.push(b'b');
        begun
    };
    assert_eq!(
        with_body(begin_tell(&address, 1)),
        encode_mail(&Mail::Tell(letter))
    );
    assert_eq!(
        with_body(begin_ask(&address, number, 1)),
        encode_mail(&Mail::Ask { number, letter })
    );
    let reply = Ok(&b"b"[..]);
    assert_eq!(
        with_body(begin_reply(number)),
        encode_mail(&Mail::Replied { number, reply })
    );
}

#[test]
fn mail_whose_head_is_cut_short_is_refused() {
    for (mail, _) in all() {
        let bytes = encode_mail(&mail);
        let body_bytes = match mail {
            Mail::Tell(_) | Mail::Ask { .. } | Mail::Replied { reply: Ok(_), .. } => 1,
            _ => 0,
        };
        for length in 0..bytes.len() - body_bytes {
            decode_mail(&bytes[..length]).expect_err("it is not whole");
        }
    }
}

#[test]
fn bytes_after_mail_without_a_body_are_refused() {
    let longer = [&encode_mail(&Mail::Joined(MEMBERSHIP))[..], &[0]].concat();
    let refused = decode_mail(&longer).expect_err("it goes on");
    assert!(matches!(refused, DecodeError::Trailing(1)), "{refused}");
}

#[test]
fn random_bytes_are_refused_or_are_mail_that_can_be_sent_on() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        // Xorshift (Marsaglia 2003): the same bytes in every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..200_000 {
        let length = next() % 24;
        let kind = (next() % 10) as u8;
        let rest = (0..length).map(|_| (next() >> 32) as u8 % 8);
        let bytes: Vec<u8> = [250, kind].into_iter().chain(rest).collect();
        if let Ok(mail) = decode_mail(&bytes) {
            let again = encode_mail(&mail);
            assert_eq!(decode_mail(&again).expect("it was encoded here"), mail);
        }
    }
}
