//! What a scenario says of a message besides its name.

use bytes::Bytes;

use crate::sip::MessageBuilder;

/// What a scenario says of a message besides its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::roles) struct Written {
    /// Headers to put in the place of what stands there; `None`: to leave out.
    pub headers: Vec<(String, Option<String>)>,
    /// Content-Type and body, in the place of the body that the message has by itself.
    pub body: Option<(String, Bytes)>,
}

impl Written {
    /// Whether it names another dialog than the one it is sent in (RFC 3261 12).
    pub fn is_for_another_dialog(&self) -> bool {
        let names = ["Call-ID", "From", "To"];
        self.headers
            .iter()
            .any(|(name, _)| names.iter().any(|own| name.eq_ignore_ascii_case(own)))
    }

    /// The message with what is written of it.
    pub fn apply(&self, mut message: MessageBuilder) -> MessageBuilder {
        if let Some((content_type, body)) = &self.body {
            message = message.body(content_type, body.clone());
        }
        for (name, value) in &self.headers {
            let length = name.eq_ignore_ascii_case("Content-Length");
            message = match value {
                Some(value) if length => message.content_length(value),
                None if length => message.without_content_length(),
                Some(value) => message.set(name, value),
                None => message.without(name),
            };
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_headers_in_the_place_of_others() {
        let written = Written {
            headers: vec![
                ("Call-ID".to_owned(), Some("other".to_owned())),
                ("Contact".to_owned(), None),
                ("X-New".to_owned(), Some("1".to_owned())),
                ("Content-Length".to_owned(), Some("9".to_owned())),
            ],
            body: Some(("text/plain".to_owned(), Bytes::from_static(b"hi"))),
        };
        let message = MessageBuilder::request("MESSAGE", "sip:b@h")
            .header("i", "first")
            .header("Contact", "<sip:a@h>");
        let message = written.apply(message).message();
        assert_eq!(message.call_id().unwrap(), "other");
        assert_eq!(message.values("Call-ID").count(), 1);
        assert!(message.header("Contact").is_none());
        assert_eq!(message.header("X-New").unwrap(), "1");
        assert_eq!(message.header("Content-Length").unwrap(), "9");
        assert_eq!(message.header("Content-Type").unwrap(), "text/plain");
    }
}
