//! Offer and answer for a message session (RFC 3264, RFC 4975 8, RFC 6135).

use std::fmt::Write;

use bytes::Bytes;
use thiserror::Error;

use super::description::Description;
use super::media::{MessageMedia, Setup, family};

/// The `o=` line: who describes the session, and which version this is (RFC 4566 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// User name without spaces, `-` for none.
    pub user: String,
    /// Session id; stays for the life of the session.
    pub session_id: u64,
    /// Version; grows by one with each change (RFC 3264 8).
    pub version: u64,
    /// Address or host name of the machine.
    pub address: String,
}

/// Which side opens the MSRP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connector {
    /// The side that made the offer.
    Offerer,
    /// The side that answered.
    Answerer,
    /// Neither: the session was refused.
    Nobody,
}

/// Why an offer gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// No media section is a message session: answer 488 (RFC 3261 13.3.1.3).
    #[error("offer has no usable m=message section")]
    NoMessage,
}

/// Writes an offer for one message session.
pub fn offer(origin: &Origin, media: &MessageMedia) -> Bytes {
    let mut out = head(origin, "0 0", None);
    media.write(&mut out);
    Bytes::from(out)
}

/// Writes the answer to an offer: `local` for the first usable `m=message`, and port 0 for every
/// other section (RFC 3264 6).
///
/// The offer's `setup` and direction bind what `local` wishes: an offer that says `active` is
/// answered `passive` and the other way round, one that says `actpass` is answered with the wish
/// of `local`, `active` where it has none (RFC 4145 4.1); an offer without `setup` gets none, and
/// the offerer connects (RFC 4975 5.4, 8.5). `holdconn` counts as no `setup` and is never sent
/// (RFC 6135 4.2.1).
///
/// # Errors
///
/// [`AnswerError::NoMessage`] where no section can be taken.
pub fn answer(
    offer: &Description,
    origin: &Origin,
    local: &MessageMedia,
) -> Result<Bytes, AnswerError> {
    let mut chosen = None;
    for (at, section) in offer.media().enumerate() {
        if let Ok(media) = MessageMedia::of(&section)
            && media.port != 0
        {
            chosen = Some((at, media));
            break;
        }
    }
    let (chosen, offered) = chosen.ok_or(AnswerError::NoMessage)?;
    // The t= line of an answer equals the one of the offer (RFC 3264 6).
    let mut out = head(
        origin,
        offer.session_line(b't').unwrap_or("0 0"),
        Some(&local.address),
    );
    for (at, section) in offer.media().enumerate() {
        if at == chosen {
            agree(&offered, local).write(&mut out);
        } else {
            let mut words = section
                .media_line()
                .split(' ')
                .filter(|word| !word.is_empty());
            let kind = words.next().unwrap_or("message");
            let rest: Vec<&str> = words.skip(1).collect();
            // Writing to a String cannot fail.
            let _ = write!(out, "m={kind} 0 {}\r\n", rest.join(" "));
        }
    }
    Ok(Bytes::from(out))
}

/// Which side opens the connection (RFC 4145 4.1, RFC 6135 4.2; RFC 4975 8.5 where one of the two
/// has no `setup`).
pub fn who_connects(offer: &MessageMedia, answer: &MessageMedia) -> Connector {
    if answer.port == 0 || offer.port == 0 {
        return Connector::Nobody;
    }
    match (offer.setup, answer.setup) {
        (None | Some(Setup::HoldConn), _) => Connector::Offerer,
        (Some(_), Some(Setup::Active)) => Connector::Answerer,
        _ => Connector::Offerer,
    }
}

fn agree(offered: &MessageMedia, local: &MessageMedia) -> MessageMedia {
    let setup = match offered.setup {
        None | Some(Setup::HoldConn) => None,
        Some(Setup::Active) => Some(Setup::Passive),
        Some(Setup::Passive) => Some(Setup::Active),
        Some(Setup::ActPass) => match local.setup {
            Some(Setup::Passive) => Some(Setup::Passive),
            _ => Some(Setup::Active),
        },
    };
    let mut direction = local.direction;
    if direction == super::Direction::SendRecv {
        direction = offered.direction.reversed();
    }
    MessageMedia {
        setup,
        direction,
        proto: offered.proto.clone(),
        ..local.clone()
    }
}

/// The session level; a `c=` where a refused section would have none.
fn head(origin: &Origin, time: &str, address: Option<&str>) -> String {
    let family_of = family;
    let Origin {
        user,
        session_id,
        version,
        address: own,
    } = origin;
    let mut out = format!(
        "v=0\r\no={user} {session_id} {version} IN {} {own}\r\ns=-\r\n",
        family_of(own)
    );
    if let Some(address) = address {
        let _ = write!(out, "c=IN {} {address}\r\n", family_of(address));
    }
    let _ = write!(out, "t={time}\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::super::Direction;
    use super::*;

    fn origin() -> Origin {
        Origin {
            user: "-".into(),
            session_id: 7,
            version: 1,
            address: "192.0.2.1".into(),
        }
    }

    fn local() -> MessageMedia {
        MessageMedia::new(
            "192.0.2.1",
            7394,
            "msrp://192.0.2.1:7394/2s93i;tcp",
            &["message/cpim"],
        )
    }

    /// The offer of the example in RFC 4975 8.7, as remembered by implementations of it.
    const ALICE: &str = "v=0\r\no=alice 2890844526 2890844527 IN IP4 alice.example.com\r\ns= -\r\n\
        c=IN IP4 alice.example.com\r\nt=0 0\r\nm=message 7394 TCP/MSRP *\r\n\
        a=accept-types:message/cpim text/plain text/html\r\n\
        a=path:msrp://alice.example.com:7394/2s93i93idj;tcp\r\n";

    #[test]
    fn reads_an_offer() {
        let sdp = Description::parse(Bytes::from_static(ALICE.as_bytes()));
        assert_eq!(sdp.faults(), []);
        let media = sdp.message_media().unwrap();
        assert_eq!(
            (media.address.as_str(), media.port),
            ("alice.example.com", 7394)
        );
        assert_eq!(media.path, ["msrp://alice.example.com:7394/2s93i93idj;tcp"]);
        assert_eq!(
            media.accept_types,
            ["message/cpim", "text/plain", "text/html"]
        );
        assert_eq!((media.setup, media.direction), (None, Direction::SendRecv));
        assert!(media.accepts("TEXT/html") && !media.accepts("image/png"));
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let media = MessageMedia {
            address: "2001:db8::7".into(),
            path: vec![
                "msrp://r:2855/b;tcp".into(),
                "msrp://[2001:db8::7]:7394/a;tcp".into(),
            ],
            accept_wrapped_types: vec!["*".into()],
            max_size: Some(10_240),
            setup: Some(Setup::ActPass),
            direction: Direction::SendOnly,
            ..local()
        };
        let sdp = Description::parse(offer(&origin(), &media));
        assert_eq!(sdp.faults(), []);
        assert_eq!(sdp.message_media(), Some(media));
    }

    #[test]
    fn an_answer_refuses_what_it_cannot_take() {
        let both = format!("{ALICE}m=audio 5000 RTP/AVP 0\r\n");
        let offered = Description::parse(Bytes::from(both));
        let answered = answer(&offered, &origin(), &local()).unwrap();
        let text = std::str::from_utf8(&answered).unwrap();
        assert!(text.ends_with("m=audio 0 RTP/AVP 0\r\n"), "{text}");
        let answered = Description::parse(answered.clone());
        assert_eq!(answered.faults(), []);
        assert_eq!(answered.message_media().unwrap().port, 7394);
        let none = Description::parse(Bytes::from_static(b"v=0\r\nm=audio 5000 RTP/AVP 0\r\n"));
        assert_eq!(
            answer(&none, &origin(), &local()),
            Err(AnswerError::NoMessage)
        );
    }

    #[test]
    fn setup_decides_who_connects() {
        use Setup::{ActPass, Active, HoldConn, Passive};
        for (offered, wish, answered, connector) in [
            (None, None, None, Connector::Offerer),
            (None, Some(Active), None, Connector::Offerer),
            (
                Some(Active),
                Some(Active),
                Some(Passive),
                Connector::Offerer,
            ),
            (Some(Passive), None, Some(Active), Connector::Answerer),
            (Some(ActPass), None, Some(Active), Connector::Answerer),
            (
                Some(ActPass),
                Some(Passive),
                Some(Passive),
                Connector::Offerer,
            ),
            (Some(HoldConn), Some(Active), None, Connector::Offerer),
            (
                Some(ActPass),
                Some(HoldConn),
                Some(Active),
                Connector::Answerer,
            ),
        ] {
            let offered = MessageMedia {
                setup: offered,
                ..local()
            };
            let wish = MessageMedia {
                setup: wish,
                ..local()
            };
            let sdp = Description::parse(offer(&origin(), &offered));
            let bytes = answer(&sdp, &origin(), &wish).unwrap();
            let answer = Description::parse(bytes).message_media().unwrap();
            assert_eq!(answer.setup, answered, "{offered:?}");
            assert_eq!(who_connects(&offered, &answer), connector, "{offered:?}");
        }
    }

    #[test]
    fn relays_and_a_discard_port_are_no_fault() {
        for (from, to) in [
            ("a=path:", "a=path:msrps://relay.example.com:9000/r;tcp "),
            (
                "m=message 7394 TCP/MSRP *",
                "m=message 9 TCP/MSRP *\r\na=setup:active",
            ),
        ] {
            let text = ALICE.replacen(from, to, 1);
            assert_ne!(text, ALICE);
            let sdp = Description::parse(Bytes::from(text));
            assert_eq!(sdp.faults(), [], "{to}");
        }
    }

    #[test]
    fn faults_are_named() {
        for (from, to, code) in [
            ("TCP/MSRP", "RTP/AVP", "sdp-proto"),
            ("a=path", "a=xath", "sdp-path"),
            ("a=accept-types", "a=except-types", "sdp-accept-types"),
            ("MSRP *", "MSRP 0", "sdp-format"),
            (":7394/", ":7395/", "sdp-path-port"),
            (":7394/", "/", "sdp-path"),
            ("message 7394", "message 73940", "sdp-port"),
            ("t=0 0\r\n", "", "sdp-missing"),
            ("t=0 0\r\n", "t=0 0\r\nno\r\n", "sdp-line"),
            ("s= -\r\n", "s= -\n", "sdp-line-end"),
            ("v=0", "v=1", "sdp-version"),
            ("a=path", "a=setup:maybe\r\na=path", "sdp-setup"),
            ("a=path", "a=max-size:-1\r\na=path", "sdp-max-size"),
            ("c=IN IP4 alice.example.com\r\n", "", "sdp-address"),
        ] {
            let sdp = Description::parse(Bytes::from(ALICE.replacen(from, to, 1)));
            let codes: Vec<&str> = sdp.faults().iter().map(|fault| fault.code).collect();
            assert_eq!(codes, [code], "{from} -> {to}");
        }
    }
}
