//! JSON Schema (2020-12) of what authors write, made from the tables that the loader itself uses.
//!
//! A schema knows keys, words and shapes. What hangs together over several places (labels, readings
//! that never meet, types of AVPs) is for `lint`.

use serde_json::{Map, Value, json};

use crate::ch2::{Reading, Requirement, TestPurpose};
use crate::diameter::Dictionary;
use crate::diameter::dictionary::{AvpType, RESULT_CODES};

use super::diagnostic::Problems;
use super::ics::Ics;
use super::keys::{
    FRAGMENT, Key, LANGUAGE_VERSION, MATCHER, MATCHER_WORDS, PARAMETER, SCENARIO, SESSION, Shape,
};
use super::message::{
    ENABLER_RECEIVES, ENABLER_SENDS, PEER_ANSWERS, PEER_REQUESTS, SIP_RECEIVED, SIP_SENT,
};
use super::model::Source;
use super::node;
use super::step_keys::{ACTION, ALTERNATIVE, MAX_ROUNDS, MAX_TIMES, STEP, StepKind};
use super::sut_keys::{BINDING, SUT};

/// The dialect of the schemas.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The schema of scenario and fragment files.
pub fn scenario_schema() -> Value {
    let maker = Maker { fragment: false };
    let inside = Maker { fragment: true };
    json!({
        "$schema": DIALECT,
        "title": "ch2spec scenario or fragment",
        "type": "object",
        "if": { "anyOf": [
            { "required": ["fragment"] },
            { "required": ["steps"], "not": { "required": ["flow"] } },
        ] },
        "then": { "$ref": "#/$defs/fragment" },
        "else": { "$ref": "#/$defs/scenario" },
        "$defs": {
            "scenario": maker.object(SCENARIO, "A scenario: one flow of messages, and what is asked of it."),
            "fragment": inside.object(FRAGMENT, "A fragment: steps that scenarios use by name."),
            "step": maker.step(),
            "fragment-step": inside.step(),
            "matcher": maker.matcher(),
            "avps": maker.avps(),
            "requirement": meanings(requirements()),
            "reading": meanings(readings()),
            "ics": meanings(items()),
            "test-purpose": meanings(purposes()),
        },
    })
}

/// The schema of `sut.yaml`.
pub fn sut_schema() -> Value {
    let mut schema =
        Maker { fragment: false }.object(SUT, "A server under test, as its vendor describes it.");
    head(&mut schema, "ch2spec sut.yaml");
    merge(
        &mut schema,
        json!({ "$defs": { "ics": meanings(items()) } }),
    );
    schema
}

/// The schema of a file that `binding:` of `sut.yaml` names.
pub fn binding_schema() -> Value {
    let mut schema =
        Maker { fragment: false }.object(BINDING, "How CH-2 maps to Diameter on a server.");
    head(&mut schema, "ch2spec binding profile");
    schema
}

fn head(schema: &mut Value, title: &str) {
    if let Value::Object(map) = schema {
        map.shift_insert(0, "$schema".to_owned(), json!(DIALECT));
        map.shift_insert(1, "title".to_owned(), json!(title));
    }
}

/// Makes schemas of tables.
struct Maker {
    /// Whether `$name` of a parameter may stand for any value.
    fragment: bool,
}

impl Maker {
    fn object(&self, table: &'static [Key], description: &str) -> Value {
        let mut properties = Map::new();
        for key in table {
            properties.insert(key.name.to_owned(), self.key(key));
        }
        let required: Vec<&str> = table
            .iter()
            .filter(|k| k.required)
            .map(|k| k.name)
            .collect();
        let mut schema = json!({
            "type": "object",
            "description": description,
            "additionalProperties": false,
            "required": required,
            "properties": properties,
        });
        if required.is_empty() {
            take(&mut schema, "required");
        }
        schema
    }

    /// A key: what it may hold, and what an editor shows of it.
    fn key(&self, key: &Key) -> Value {
        let value = self.value(key);
        let value = match key.name {
            "ch2spec" | "fragment" | "parameters" | "steps" | "any order" => value,
            "one of" if key.shape == Shape::Alternatives => value,
            _ => self.or_parameter(value),
        };
        let mut schema = json!({ "description": key.doc });
        merge(&mut schema, value);
        if let Some(default) = key.default {
            merge(&mut schema, json!({ "default": plain(default) }));
        }
        merge(&mut schema, json!({ "examples": [plain(key.example)] }));
        schema
    }

    /// In a fragment `$name` of a parameter may stand for any value.
    fn or_parameter(&self, value: Value) -> Value {
        if !self.fragment {
            return value;
        }
        json!({ "anyOf": [value, { "type": "string", "pattern": "^\\$[a-z][a-z0-9-]*$" }] })
    }

    fn value(&self, key: &Key) -> Value {
        match key.name {
            "ch2spec" => return json!({ "const": LANGUAGE_VERSION }),
            "id" => {
                return json!({ "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$" });
            }
            "fragment" => {
                let keys = ACTION
                    .iter()
                    .chain(STEP.iter().map(|k| &k.key))
                    .map(|k| k.name);
                let taken: Vec<&str> = keys.collect();
                return json!({ "type": ["string", "number"], "not": { "enum": taken } });
            }
            "requirement" | "requirements" => {
                return one_or_list(json!({ "$ref": "#/$defs/requirement" }));
            }
            "needs" | "when" | "claims" => {
                return one_or_list(json!({ "$ref": "#/$defs/ics" }));
            }
            "readings" if matches!(key.shape, Shape::Texts) => {
                return one_or_list(json!({ "$ref": "#/$defs/reading" }));
            }
            "test purposes" => return one_or_list(json!({ "$ref": "#/$defs/test-purpose" })),
            "under" => return one_or_list(json!({ "$ref": "#/$defs/reading" })),
            "repeat" => {
                return json!({ "type": "integer", "minimum": 1, "maximum": MAX_ROUNDS });
            }
            "result" | "service result" | "credit refused" => return result(),
            "start" | "interim" | "stop" | "event" => return request_type(),
            // In a fragment a parameter may stand here, and matchers are the same everywhere.
            "tolerance" => {
                return json!({ "anyOf": [
                    { "type": "integer", "minimum": 0 },
                    { "type": "string", "pattern": "^\\$[a-z]" },
                ] });
            }
            "binding" => {
                return json!({ "anyOf": [
                    { "enum": ["ro-messages"] },
                    { "type": "string", "pattern": "\\.ya?ml$" },
                    self.object(BINDING, key.doc),
                ] });
            }
            _ => {}
        }
        match key.shape {
            Shape::Text => json!({ "type": ["string", "number"] }),
            Shape::Number => json!({ "type": "integer", "minimum": 0 }),
            Shape::Duration => duration(),
            Shape::Length => length(),
            Shape::Boolean => json!({ "enum": [true, false, "yes", "no"] }),
            Shape::Word(words) => json!({ "enum": words }),
            Shape::Words(words) => one_or_list(json!({ "enum": words })),
            Shape::DurationOrWord(words) => json!({ "anyOf": [{ "enum": words }, duration()] }),
            Shape::Texts => one_or_list(json!({ "type": ["string", "number"] })),
            Shape::Times => json!({ "anyOf": [
                { "type": "integer", "minimum": 1, "maximum": MAX_TIMES },
                {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "items": { "type": "integer", "minimum": 0, "maximum": MAX_TIMES },
                },
            ] }),
            Shape::Message => message(key.name),
            Shape::Expression if is_amount(key.name) => json!({ "anyOf": [
                { "type": "integer", "minimum": 0 },
                { "type": "string", "pattern": "^\\$[^$]" },
            ] }),
            Shape::Expression => json!({ "type": ["string", "number"] }),
            Shape::Matcher => json!({ "$ref": "#/$defs/matcher" }),
            Shape::Matchers if key.name == "avps" => json!({ "$ref": "#/$defs/avps" }),
            Shape::Matchers => json!({
                "type": "object",
                "propertyNames": { "pattern": "^[!%*_+`'~.A-Za-z0-9-]+$" },
                "additionalProperties": { "$ref": "#/$defs/matcher" },
            }),
            Shape::Steps => {
                let few = usize::from(key.required || key.name != "given");
                json!({ "type": "array", "minItems": few, "items": self.one_step() })
            }
            Shape::Alternatives => json!({
                "type": "array",
                "minItems": 2,
                "items": { "anyOf": [
                    { "type": "array", "minItems": 1, "items": self.one_step() },
                    self.object(ALTERNATIVE, "An alternative with a name."),
                ] },
            }),
            Shape::Parameters => json!({
                "type": "object",
                "propertyNames": { "pattern": "^[a-z][a-z0-9-]*$" },
                "additionalProperties": Maker { fragment: false }.object(PARAMETER, "A parameter."),
            }),
            Shape::Sessions => json!({
                "type": "object",
                "propertyNames": { "pattern": "^[a-z][a-z0-9-]{0,19}$" },
                "additionalProperties": self.object(SESSION, "A session."),
            }),
            Shape::Map(table) => self.object(table, key.doc),
            Shape::MapOrWord(table, words) => {
                let mut map = self.object(table, key.doc);
                if table.iter().all(|k| !k.required) {
                    merge(&mut map, json!({ "minProperties": 1, "maxProperties": 1 }));
                }
                json!({ "anyOf": [{ "enum": words }, map] })
            }
            Shape::Maps(table) => {
                let one = self.object(table, key.doc);
                json!({ "anyOf": [one.clone(), { "type": "array", "minItems": 1, "items": one }] })
            }
        }
    }

    fn one_step(&self) -> Value {
        json!({ "$ref": if self.fragment { "#/$defs/fragment-step" } else { "#/$defs/step" } })
    }

    /// A step: the name of a fragment, an action with what may be said of it, or the use of a
    /// fragment.
    fn step(&self) -> Value {
        let mut properties = Map::new();
        for key in ACTION.iter().chain(STEP.iter().map(|k| &k.key)) {
            properties.insert(key.name.to_owned(), self.key(key));
        }
        if self.fragment {
            // The use of a fragment says it for all of them.
            properties.insert("session".to_owned(), Value::Bool(false));
        }
        let mut rules: Vec<Value> = ACTION.iter().map(one_action).collect();
        rules.extend(places().map(|place| self.only_what_belongs(place)));
        let none = json!({ "not": { "anyOf": ACTION.iter().map(|k| json!({ "required": [k.name] })).collect::<Vec<_>>() } });
        rules.push(json!({
            "if": none,
            "then": { "properties": forbidden(StepKind::Fragment) },
        }));
        json!({ "anyOf": [
            { "type": "string", "description": "The name of a fragment." },
            {
                "type": "object",
                "description": "One line of the figure.",
                "minProperties": 1,
                "properties": properties,
                // Any other key is the name of a fragment, with its parameters.
                "additionalProperties": { "type": ["object", "null"] },
                "allOf": rules,
            },
        ] })
    }

    /// Which keys a step of one kind cannot have.
    fn only_what_belongs(&self, place: &Place) -> Value {
        let (action, pattern, kind) = place;
        let message = if pattern.is_empty() {
            json!({})
        } else {
            json!({ "pattern": pattern })
        };
        let mut then = json!({ "properties": forbidden(*kind) });
        if *kind == StepKind::Repeat {
            then["required"] = json!(["steps"]);
        }
        if *kind == StepKind::Nothing {
            then["properties"]["for"] = self.or_parameter(length());
        }
        json!({
            "if": { "required": [action], "properties": { *action: message } },
            "then": then,
        })
    }

    fn matcher(&self) -> Value {
        let mut map = self.object(MATCHER, "What a value must be.");
        merge(&mut map, json!({ "minProperties": 1 }));
        let others = |key: &&Key| !matches!(key.name, "tolerance" | "requirement");
        let choices: Vec<Value> = MATCHER
            .iter()
            .filter(others)
            .map(|k| json!({ "required": [k.name] }))
            .collect();
        merge(
            &mut map,
            json!({ "oneOf": choices, "dependentRequired": { "tolerance": ["equals"] } }),
        );
        json!({ "anyOf": [
            { "enum": MATCHER_WORDS, "description": "Whether it is there at all." },
            { "type": ["string", "number"], "description": "This value, or a reference to one (`$...`)." },
            map,
        ] })
    }

    fn avps(&self) -> Value {
        let one = json!({ "$ref": "#/$defs/matcher" });
        let inside = json!({ "anyOf": [one.clone(), { "$ref": "#/$defs/avps" }] });
        let group = json!({ "anyOf": [{ "enum": MATCHER_WORDS }, { "$ref": "#/$defs/avps" }] });
        let mut properties = Map::new();
        for def in Dictionary::default().rows() {
            let grouped = def.kind == AvpType::Grouped;
            let mut schema = json!({ "description": format!("{} ({}).", def.kind, def.source) });
            merge(
                &mut schema,
                if grouped { group.clone() } else { one.clone() },
            );
            properties.insert(def.name.to_owned(), schema);
        }
        let requirement = json!({ "$ref": "#/$defs/requirement" });
        properties.insert("requirement".to_owned(), requirement);
        json!({
            "type": "object",
            "description": "AVPs by name or path (`Subscription-Id / Subscription-Id-Data`).",
            "minProperties": 1,
            "properties": properties,
            "patternProperties": { "^[^/]+(/[^/]+)+$": inside },
            "additionalProperties": false,
        })
    }
}

/// An action, the pattern of its message, and the kind of step that the two make.
type Place = (&'static str, &'static str, StepKind);

macro_rules! party {
    ($sends:literal, $receives:literal, $nothing:literal) => {
        [
            ($sends, "^(SIP|MSRP)\\s+bytes$", StepKind::SendBytes),
            ($sends, "^SIP\\s+[A-Z]", StepKind::SendSipRequest),
            ($sends, "^SIP\\s+[0-9]", StepKind::SendSipResponse),
            ($sends, "^MSRP\\s+SEND$", StepKind::SendMsrp),
            ($sends, "^MSRP\\s+REPORT$", StepKind::SendReport),
            ($sends, "^MSRP\\s+[0-9]", StepKind::SendMsrpResponse),
            ($receives, "^SIP\\s+[A-Z]", StepKind::ReceiveSipRequest),
            (
                $receives,
                "^SIP\\s+([0-9]|response|failure)",
                StepKind::ReceiveSipResponse,
            ),
            ($receives, "^MSRP\\s+SEND$", StepKind::ReceiveMsrp),
            ($receives, "^MSRP\\s+REPORT$", StepKind::ReceiveReport),
            (
                $receives,
                "^MSRP\\s+([0-9]|response|failure)",
                StepKind::ReceiveMsrpResponse,
            ),
            ($nothing, "", StepKind::Nothing),
        ]
    };
}

const CLIENT: [Place; 12] = party!("client sends", "client receives", "client receives nothing");
const FAR_END: [Place; 12] = party!(
    "far end sends",
    "far end receives",
    "far end receives nothing"
);
macro_rules! enabler {
    ($sends:literal, $receives:literal, $nothing:literal, $does:literal) => {
        [
            ($sends, "^bytes$", StepKind::SendBytes),
            ($sends, "^Response$", StepKind::SendResponse),
            ($sends, "^(RAR|ASR|DWR|DPR)$", StepKind::SendPeerRequest),
            (
                $receives,
                "^SessionRequest",
                StepKind::ReceiveSessionRequest,
            ),
            (
                $receives,
                "^(RAA|ASA|DWA|DPA)$",
                StepKind::ReceivePeerAnswer,
            ),
            ($receives, "^(CER|DWR|DPR)$", StepKind::ReceivePeerRequest),
            ($nothing, "", StepKind::Nothing),
            ($does, "", StepKind::Do),
        ]
    };
}

const FIRST_ENABLER: [Place; 8] = enabler!(
    "enabler sends",
    "enabler receives",
    "enabler receives nothing",
    "enabler does"
);
const SECOND_ENABLER: [Place; 8] = enabler!(
    "second enabler sends",
    "second enabler receives",
    "second enabler receives nothing",
    "second enabler does"
);
const REST: [Place; 9] = [
    ("client does", "", StepKind::Do),
    ("far end does", "", StepKind::Do),
    ("client sends again", "", StepKind::SendAgain),
    ("far end sends again", "", StepKind::SendAgain),
    ("trigger", "", StepKind::Trigger),
    ("wait", "", StepKind::Wait),
    ("any order", "", StepKind::Block),
    ("one of", "", StepKind::Block),
    ("repeat", "", StepKind::Repeat),
];

fn places() -> impl Iterator<Item = &'static Place> {
    let enablers = FIRST_ENABLER.iter().chain(&SECOND_ENABLER);
    CLIENT.iter().chain(&FAR_END).chain(enablers).chain(&REST)
}

/// A step has one action.
fn one_action(key: &Key) -> Value {
    let mut others = Map::new();
    for other in ACTION.iter().filter(|other| other.name != key.name) {
        others.insert(other.name.to_owned(), Value::Bool(false));
    }
    json!({
        "if": { "required": [key.name] },
        "then": { "properties": others },
    })
}

fn forbidden(kind: StepKind) -> Map<String, Value> {
    STEP.iter()
        .filter(|key| !key.fits(kind))
        .map(|key| (key.key.name.to_owned(), Value::Bool(false)))
        .collect()
}

/// Keys whose value is an amount of units.
fn is_amount(name: &str) -> bool {
    ["grant", "messages", "octets", "seconds"].contains(&name)
}

/// What `<party> sends:` and `<party> receives:` may name.
fn message(action: &str) -> Value {
    if action.ends_with("enabler sends") {
        return json!({ "enum": ENABLER_SENDS });
    }
    let nothing = action.ends_with("nothing");
    let mut choices = Vec::new();
    if action.contains("enabler") {
        choices.push(json!({ "enum": ENABLER_RECEIVES }));
        choices.push(json!({ "enum": PEER_ANSWERS }));
        choices.push(json!({ "enum": PEER_REQUESTS }));
        choices.push(json!({
            "type": "string",
            "pattern": "^SessionRequest\\s*(\\(\\s*(start|interim|stop|event)\\s*\\))?$",
        }));
    } else {
        let sends = action.ends_with("sends");
        let methods = if sends { SIP_SENT } else { SIP_RECEIVED };
        let msrp = ["MSRP SEND", "MSRP REPORT", "MSRP 200"];
        let common: Vec<String> = methods
            .iter()
            .map(|method| format!("SIP {method}"))
            .chain(["SIP 200".to_owned()])
            .chain(msrp.map(str::to_owned))
            .collect();
        let methods = methods.join("|");
        let more = if sends {
            "|bytes"
        } else {
            "|[2-6]xx|response|failure"
        };
        let report = match sends {
            true => "|REPORT|bytes",
            false => "|REPORT|[2-5]xx|response|failure",
        };
        choices.push(json!({ "enum": common }));
        choices.push(json!({
            "type": "string",
            "pattern": format!("^\\s*SIP\\s+({methods}|[1-6][0-9][0-9]{more})\\s*$"),
        }));
        choices.push(json!({
            "type": "string",
            "pattern": format!("^\\s*MSRP\\s+(SEND|[2-5][0-9][0-9]{report})\\s*$"),
        }));
    }
    if nothing {
        choices.push(json!({ "enum": ["any", null] }));
    }
    json!({ "anyOf": choices })
}

fn duration() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]+\\s*(ms|s|min)$" })
}

/// A time, an IXIT time, or a sum of such.
fn length() -> Value {
    let time = "([0-9]+\\s*(ms|s|min)|\\$ixit\\.[a-z-]+)";
    json!({ "type": "string", "pattern": format!("^{time}(\\s+[+-]\\s+{time})*$") })
}

fn one_or_list(one: Value) -> Value {
    json!({ "anyOf": [one.clone(), { "type": "array", "items": one }] })
}

/// Words with what each of them means.
fn meanings(words: Vec<(String, &'static str)>) -> Value {
    let choices: Vec<Value> = words
        .iter()
        .map(|(name, meaning)| json!({ "const": name, "description": meaning }))
        .collect();
    json!({ "anyOf": choices })
}

fn requirements() -> Vec<(String, &'static str)> {
    Requirement::all()
        .map(|r| (r.id.to_owned(), r.text))
        .collect()
}

fn purposes() -> Vec<(String, &'static str)> {
    TestPurpose::all()
        .map(|purpose| (purpose.id.to_owned(), purpose.text))
        .collect()
}

fn items() -> Vec<(String, &'static str)> {
    Ics::ALL
        .iter()
        .map(|ics| (ics.name().to_owned(), ics.meaning()))
        .collect()
}

fn readings() -> Vec<(String, &'static str)> {
    Reading::all()
        .iter()
        .map(|reading| (reading.id.to_string(), reading.title))
        .collect()
}

/// A Result-Code, by name or number.
fn result() -> Value {
    let names: Vec<&str> = RESULT_CODES.iter().map(|(_, name)| *name).collect();
    json!({ "anyOf": [
        { "enum": names },
        { "type": "integer", "minimum": 1000, "maximum": 9999 },
    ] })
}

/// A CC-Request-Type, by name or number.
fn request_type() -> Value {
    let names = [
        "INITIAL_REQUEST",
        "UPDATE_REQUEST",
        "TERMINATION_REQUEST",
        "EVENT_REQUEST",
    ];
    json!({ "anyOf": [{ "enum": names }, { "type": "integer", "minimum": 0 }] })
}

/// A default or an example of a table, as YAML reads it.
fn plain(text: &str) -> Value {
    let source = Source::new("example", text);
    let node = node::parse(&source, &mut Problems::default());
    node.map_or(Value::Null, |node| node.to_json())
}

/// Puts the entries of one map into another.
fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

fn take(from: &mut Value, name: &str) {
    if let Value::Object(map) = from {
        map.shift_remove(name);
    }
}
