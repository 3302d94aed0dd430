//! Keys of the AVPs that code names most often.

use super::avp::AvpKey;

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident = $key:expr;)*) => {
        $($(#[$doc])* pub const $name: AvpKey = $key;)*
    };
}

keys! {
    /// Filter-Id (RFC 7155, used by RFC 8506 8.34).
    FILTER_ID = AvpKey::base(11);
    /// User-Name (RFC 6733 8.14).
    USER_NAME = AvpKey::base(1);
    /// Event-Timestamp (RFC 6733 8.21).
    EVENT_TIMESTAMP = AvpKey::base(55);
    /// Host-IP-Address (RFC 6733 5.3.5).
    HOST_IP_ADDRESS = AvpKey::base(257);
    /// Auth-Application-Id (RFC 6733 6.8).
    AUTH_APPLICATION_ID = AvpKey::base(258);
    /// Acct-Application-Id (RFC 6733 6.9).
    ACCT_APPLICATION_ID = AvpKey::base(259);
    /// Vendor-Specific-Application-Id (RFC 6733 6.11).
    VENDOR_SPECIFIC_APPLICATION_ID = AvpKey::base(260);
    /// Session-Id (RFC 6733 8.8).
    SESSION_ID = AvpKey::base(263);
    /// Origin-Host (RFC 6733 6.3).
    ORIGIN_HOST = AvpKey::base(264);
    /// Supported-Vendor-Id (RFC 6733 5.3.6).
    SUPPORTED_VENDOR_ID = AvpKey::base(265);
    /// Vendor-Id (RFC 6733 5.3.3).
    VENDOR_ID = AvpKey::base(266);
    /// Firmware-Revision (RFC 6733 5.3.4).
    FIRMWARE_REVISION = AvpKey::base(267);
    /// Result-Code (RFC 6733 7.1).
    RESULT_CODE = AvpKey::base(268);
    /// Product-Name (RFC 6733 5.3.7).
    PRODUCT_NAME = AvpKey::base(269);
    /// Disconnect-Cause (RFC 6733 5.4.3).
    DISCONNECT_CAUSE = AvpKey::base(273);
    /// Origin-State-Id (RFC 6733 8.16).
    ORIGIN_STATE_ID = AvpKey::base(278);
    /// Failed-AVP (RFC 6733 7.5).
    FAILED_AVP = AvpKey::base(279);
    /// Error-Message (RFC 6733 7.3).
    ERROR_MESSAGE = AvpKey::base(281);
    /// Route-Record (RFC 6733 6.7.1).
    ROUTE_RECORD = AvpKey::base(282);
    /// Destination-Realm (RFC 6733 6.6).
    DESTINATION_REALM = AvpKey::base(283);
    /// Proxy-Info (RFC 6733 6.7.2).
    PROXY_INFO = AvpKey::base(284);
    /// Re-Auth-Request-Type (RFC 6733 8.12).
    RE_AUTH_REQUEST_TYPE = AvpKey::base(285);
    /// Destination-Host (RFC 6733 6.5).
    DESTINATION_HOST = AvpKey::base(293);
    /// Error-Reporting-Host (RFC 6733 7.4).
    ERROR_REPORTING_HOST = AvpKey::base(294);
    /// Termination-Cause (RFC 6733 8.15).
    TERMINATION_CAUSE = AvpKey::base(295);
    /// Origin-Realm (RFC 6733 6.4).
    ORIGIN_REALM = AvpKey::base(296);
    /// Experimental-Result (RFC 6733 7.6).
    EXPERIMENTAL_RESULT = AvpKey::base(297);
    /// CC-Money (RFC 8506 8.22).
    CC_MONEY = AvpKey::base(413);
    /// Currency-Code (RFC 8506 8.11).
    CURRENCY_CODE = AvpKey::base(425);
    /// Exponent (RFC 8506 8.9).
    EXPONENT = AvpKey::base(429);
    /// Unit-Value (RFC 8506 8.8).
    UNIT_VALUE = AvpKey::base(445);
    /// Value-Digits (RFC 8506 8.10).
    VALUE_DIGITS = AvpKey::base(447);
    /// CC-Input-Octets (RFC 8506 8.24).
    CC_INPUT_OCTETS = AvpKey::base(412);
    /// CC-Output-Octets (RFC 8506 8.25).
    CC_OUTPUT_OCTETS = AvpKey::base(414);
    /// CC-Request-Number (RFC 8506 8.2).
    CC_REQUEST_NUMBER = AvpKey::base(415);
    /// CC-Request-Type (RFC 8506 8.3).
    CC_REQUEST_TYPE = AvpKey::base(416);
    /// CC-Service-Specific-Units (RFC 8506 8.26).
    CC_SERVICE_SPECIFIC_UNITS = AvpKey::base(417);
    /// CC-Session-Failover (RFC 8506 8.4).
    CC_SESSION_FAILOVER = AvpKey::base(418);
    /// CC-Sub-Session-Id (RFC 8506 8.5).
    CC_SUB_SESSION_ID = AvpKey::base(419);
    /// CC-Time (RFC 8506 8.21).
    CC_TIME = AvpKey::base(420);
    /// CC-Total-Octets (RFC 8506 8.23).
    CC_TOTAL_OCTETS = AvpKey::base(421);
    /// Cost-Information (RFC 8506 8.7).
    COST_INFORMATION = AvpKey::base(423);
    /// Credit-Control-Failure-Handling (RFC 8506 8.14).
    CREDIT_CONTROL_FAILURE_HANDLING = AvpKey::base(427);
    /// Direct-Debiting-Failure-Handling (RFC 8506 8.15).
    DIRECT_DEBITING_FAILURE_HANDLING = AvpKey::base(428);
    /// Final-Unit-Indication (RFC 8506 8.34).
    FINAL_UNIT_INDICATION = AvpKey::base(430);
    /// Granted-Service-Unit (RFC 8506 8.17).
    GRANTED_SERVICE_UNIT = AvpKey::base(431);
    /// Rating-Group (RFC 8506 8.29).
    RATING_GROUP = AvpKey::base(432);
    /// Redirect-Address-Type (RFC 8506 8.38).
    REDIRECT_ADDRESS_TYPE = AvpKey::base(433);
    /// Redirect-Server (RFC 8506 8.37).
    REDIRECT_SERVER = AvpKey::base(434);
    /// Redirect-Server-Address (RFC 8506 8.39).
    REDIRECT_SERVER_ADDRESS = AvpKey::base(435);
    /// Requested-Action (RFC 8506 8.41).
    REQUESTED_ACTION = AvpKey::base(436);
    /// Requested-Service-Unit (RFC 8506 8.18).
    REQUESTED_SERVICE_UNIT = AvpKey::base(437);
    /// Service-Identifier (RFC 8506 8.28).
    SERVICE_IDENTIFIER = AvpKey::base(439);
    /// Subscription-Id (RFC 8506 8.46).
    SUBSCRIPTION_ID = AvpKey::base(443);
    /// Subscription-Id-Data (RFC 8506 8.48).
    SUBSCRIPTION_ID_DATA = AvpKey::base(444);
    /// Used-Service-Unit (RFC 8506 8.19).
    USED_SERVICE_UNIT = AvpKey::base(446);
    /// Validity-Time (RFC 8506 8.33).
    VALIDITY_TIME = AvpKey::base(448);
    /// Final-Unit-Action (RFC 8506 8.35).
    FINAL_UNIT_ACTION = AvpKey::base(449);
    /// Subscription-Id-Type (RFC 8506 8.47).
    SUBSCRIPTION_ID_TYPE = AvpKey::base(450);
    /// Multiple-Services-Indicator (RFC 8506 8.40).
    MULTIPLE_SERVICES_INDICATOR = AvpKey::base(455);
    /// Multiple-Services-Credit-Control (RFC 8506 8.16).
    MULTIPLE_SERVICES_CREDIT_CONTROL = AvpKey::base(456);
    /// Service-Context-Id (RFC 8506 8.42).
    SERVICE_CONTEXT_ID = AvpKey::base(461);
    /// Service-Information (3GPP TS 32.299, vendor 10415).
    SERVICE_INFORMATION = AvpKey::tgpp(873);
    /// IMS-Information (3GPP TS 32.299, vendor 10415).
    IMS_INFORMATION = AvpKey::tgpp(876);
    /// Role-Of-Node (3GPP TS 32.299, vendor 10415).
    ROLE_OF_NODE = AvpKey::tgpp(829);
    /// User-Session-Id, the SIP Call-ID (3GPP TS 32.299, vendor 10415).
    USER_SESSION_ID = AvpKey::tgpp(830);
    /// Calling-Party-Address (3GPP TS 32.299, vendor 10415).
    CALLING_PARTY_ADDRESS = AvpKey::tgpp(831);
    /// Called-Party-Address (3GPP TS 32.299, vendor 10415).
    CALLED_PARTY_ADDRESS = AvpKey::tgpp(832);
    /// IMS-Charging-Identifier, the ICID (3GPP TS 32.299, vendor 10415).
    IMS_CHARGING_IDENTIFIER = AvpKey::tgpp(841);
    /// Node-Functionality (3GPP TS 32.299, vendor 10415).
    NODE_FUNCTIONALITY = AvpKey::tgpp(862);
    /// Service-Generic-Information (OMA DDS Charging Data 8.5.10, vendor 10415).
    SERVICE_GENERIC_INFORMATION = AvpKey::tgpp(1256);
    /// Application-Server-Id (OMA DDS Charging Data 6.2.5, vendor 10415).
    APPLICATION_SERVER_ID = AvpKey::tgpp(2101);
    /// Application-Service-Type (OMA DDS Charging Data 6.2.4, vendor 10415).
    APPLICATION_SERVICE_TYPE = AvpKey::tgpp(2102);
    /// Application-Session-Id (OMA DDS Charging Data 6.2.6, vendor 10415).
    APPLICATION_SESSION_ID = AvpKey::tgpp(2103);
    /// Delivery-Status (OMA DDS Charging Data 6.2.19, vendor 10415).
    DELIVERY_STATUS = AvpKey::tgpp(2104);
    /// IM-Information (OMA DDS Charging Data 8.5.6, vendor 10415).
    IM_INFORMATION = AvpKey::tgpp(2110);
    /// Number-Of-Messages-Successfully-Exploded (OMA DDS Charging Data 6.2.31, vendor 10415).
    MESSAGES_SUCCESSFULLY_EXPLODED = AvpKey::tgpp(2111);
    /// Number-Of-Messages-Successfully-Sent (OMA DDS Charging Data 6.2.32, vendor 10415).
    MESSAGES_SUCCESSFULLY_SENT = AvpKey::tgpp(2112);
    /// Total-Number-Of-Messages-Exploded (OMA DDS Charging Data 6.2.62, vendor 10415).
    MESSAGES_EXPLODED = AvpKey::tgpp(2113);
    /// Total-Number-Of-Messages-Sent (OMA DDS Charging Data 6.2.63, vendor 10415).
    MESSAGES_SENT = AvpKey::tgpp(2114);
}
