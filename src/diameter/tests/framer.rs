//! Cutting streams.

use super::samples::{CCR_OCTETS, ccr};
use crate::diameter::{FrameError, Framer};

#[test]
fn cuts_wherever_the_stream_was_cut() {
    let second = ccr().hop_by_hop(2).build();
    let mut stream = CCR_OCTETS.to_vec();
    stream.extend_from_slice(&second);
    for cut in 0..=stream.len() {
        let mut framer = Framer::default();
        let mut found = Vec::new();
        for part in [&stream[..cut], &stream[cut..]] {
            framer.push(part);
            while let Some(message) = framer.next_message().expect("whole") {
                found.push(message);
            }
        }
        assert_eq!(found, [CCR_OCTETS, &second[..]], "cut at {cut}");
        assert!(framer.remainder().is_empty());
    }
}

#[test]
fn takes_octet_by_octet() {
    let mut framer = Framer::default();
    for (at, octet) in CCR_OCTETS.iter().enumerate() {
        assert_eq!(framer.next_message(), Ok(None), "before octet {at}");
        framer.push(&[*octet]);
    }
    assert_eq!(
        framer.next_message().expect("whole").expect("message"),
        CCR_OCTETS
    );
}

#[test]
fn gives_up_on_headers_that_cannot_be_right() {
    let cases: [(&[u8], FrameError); 5] = [
        (b"HTTP/1.1 400", FrameError::Version(b'H')),
        (&[1, 0, 0, 16], FrameError::TooShort(16)),
        (&[1, 0, 0, 0], FrameError::TooShort(0)),
        (&[1, 0, 0, 22], FrameError::Unaligned(22)),
        (
            &[1, 0xff, 0xff, 0xfc],
            FrameError::TooLong {
                length: 0xff_fffc,
                max: 1 << 20,
            },
        ),
    ];
    for (octets, error) in cases {
        let mut framer = Framer::default();
        framer.push(octets);
        assert_eq!(framer.next_message(), Err(error));
        framer.push(CCR_OCTETS);
        assert_eq!(framer.next_message(), Err(error), "the stream stays dead");
        assert_eq!(framer.remainder(), octets, "the evidence stays");
    }
}

#[test]
fn yields_what_came_before_the_fault() {
    let mut framer = Framer::default();
    framer.push(CCR_OCTETS);
    framer.push(&[7]);
    assert_eq!(
        framer.next_message().expect("first").expect("message"),
        CCR_OCTETS
    );
    assert_eq!(framer.next_message(), Err(FrameError::Version(7)));
}

#[test]
fn limit_is_inclusive() {
    let mut framer = Framer::new(CCR_OCTETS.len());
    framer.push(CCR_OCTETS);
    assert!(framer.next_message().expect("fits").is_some());
    let mut framer = Framer::new(CCR_OCTETS.len() - 4);
    framer.push(&CCR_OCTETS[..4]);
    assert_eq!(
        framer.next_message(),
        Err(FrameError::TooLong {
            length: 212,
            max: 208
        })
    );
}
