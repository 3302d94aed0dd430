//! A Credit-Control-Answer seen as the Response that it carries.

use crate::diameter::dictionary::CCR;
use crate::diameter::{self, key};

use super::units::{Placement, amount, sum};
use super::{Binding, Kind, Unit};

/// A CCA, read through a [`Binding`]: the `Response` of the change request.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    message: &'a diameter::Message,
    binding: &'a Binding,
}

impl<'a> Response<'a> {
    /// The view of `message`; `None` where it is no Credit-Control-Answer.
    pub fn new(message: &'a diameter::Message, binding: &'a Binding) -> Option<Response<'a>> {
        (message.command_code() == CCR && !message.is_request())
            .then_some(Response { message, binding })
    }

    /// The message behind the view.
    pub fn message(&self) -> &'a diameter::Message {
        self.message
    }

    /// Which SessionRequest it answers, as its own CC-Request-Type says.
    pub fn kind(&self) -> Option<Kind> {
        let value = self.message.find(key::CC_REQUEST_TYPE)?.u32().ok()?;
        self.binding.kind(value)
    }

    /// CC-Request-Number (RFC 8506 section 8.2).
    pub fn request_number(&self) -> Option<u32> {
        self.message.find(key::CC_REQUEST_NUMBER)?.u32().ok()
    }

    /// Session-Id (RFC 6733 section 8.8).
    pub fn session_id(&self) -> Option<&'a str> {
        self.message.session_id()
    }

    /// Result-Code of the command (RFC 6733 section 7.1): the result of the debit operation.
    pub fn result_code(&self) -> Option<u32> {
        self.message.result_code()
    }

    /// True for a Result-Code of the 2xxx class (RFC 6733 section 7.1.2).
    pub fn is_success(&self) -> bool {
        self.result_code()
            .is_some_and(|code| (2000..3000).contains(&code))
    }

    /// What is granted, in the binding's unit; `None` where it holds no Granted-Service-Unit.
    pub fn granted(&self) -> Option<u64> {
        self.granted_in(self.binding.unit)
    }

    /// What is granted in `unit`.
    pub fn granted_in(&self, unit: Unit) -> Option<u64> {
        sum(self.message, self.binding, key::GRANTED_SERVICE_UNIT, unit)
    }

    /// Validity-Time in seconds (RFC 8506 section 8.33), of the command or of the first
    /// Multiple-Services-Credit-Control that has one.
    pub fn validity_time(&self) -> Option<u32> {
        let path = [key::MULTIPLE_SERVICES_CREDIT_CONTROL, key::VALIDITY_TIME];
        self.message
            .find(key::VALIDITY_TIME)
            .or_else(|| self.message.find_path(&path))?
            .u32()
            .ok()
    }

    /// Final-Unit-Action (RFC 8506 section 8.35), where the grant is the last one.
    pub fn final_unit_action(&self) -> Option<u32> {
        let command = [key::FINAL_UNIT_INDICATION, key::FINAL_UNIT_ACTION];
        let service = [
            key::MULTIPLE_SERVICES_CREDIT_CONTROL,
            key::FINAL_UNIT_INDICATION,
            key::FINAL_UNIT_ACTION,
        ];
        self.message
            .find_path(&command)
            .or_else(|| self.message.find_path(&service))?
            .u32()
            .ok()
    }

    /// Where the answer puts its units.
    pub fn placement(&self) -> Placement {
        Placement::of(self.message, &[key::GRANTED_SERVICE_UNIT], false)
    }

    /// One line for a reader: `Response (stop)  #2  DIAMETER_SUCCESS  granted 10 messages`.
    pub fn describe(&self) -> String {
        let mut line = match self.kind() {
            Some(kind) => format!("Response ({kind})"),
            None => "Response".to_owned(),
        };
        if let Some(number) = self.request_number() {
            line += &format!("  #{number}");
        }
        match self.message.find(key::RESULT_CODE) {
            Some(avp) => match (avp.symbol(), avp.u32()) {
                (Some(name), _) => line += &format!("  {name}"),
                (None, Ok(code)) => line += &format!("  Result-Code {code}"),
                (None, Err(_)) => line += "  unreadable Result-Code",
            },
            None => line += "  no Result-Code",
        }
        if let Some(granted) = self.granted() {
            line += &format!("  granted {}", amount(granted, self.binding.unit));
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diameter::{AvpOut, Message, MessageBuilder};

    #[test]
    fn a_response_gives_its_grant() {
        let request = Message::decode(MessageBuilder::request(CCR, 4).build());
        let message = MessageBuilder::answer_to(&request)
            .with(key::RESULT_CODE, 2001_u32)
            .with(key::CC_REQUEST_TYPE, 2_u32)
            .with(key::CC_REQUEST_NUMBER, 2_u32)
            .avp(AvpOut::group(
                key::MULTIPLE_SERVICES_CREDIT_CONTROL,
                [
                    AvpOut::group(
                        key::GRANTED_SERVICE_UNIT,
                        [AvpOut::new(key::CC_SERVICE_SPECIFIC_UNITS, 10_u64)],
                    ),
                    AvpOut::new(key::VALIDITY_TIME, 60_u32),
                    AvpOut::group(
                        key::FINAL_UNIT_INDICATION,
                        [AvpOut::new(key::FINAL_UNIT_ACTION, 0_u32)],
                    ),
                ],
            ));
        let message = Message::decode(message.build());
        let binding = Binding::default();
        let response = Response::new(&message, &binding).unwrap();
        assert_eq!(response.granted(), Some(10));
        assert_eq!(response.validity_time(), Some(60));
        assert_eq!(response.final_unit_action(), Some(0));
        assert_eq!(response.placement(), Placement::Mscc);
        assert!(response.is_success());
        assert_eq!(
            response.describe(),
            "Response (interim)  #2  DIAMETER_SUCCESS  granted 10 messages"
        );
    }
}
