//! The checker itself: what it must catch, and what it must let be.

use super::*;

fn caught(file: &str, text: &str) -> Vec<String> {
    imports(Path::new(file), text)
}

#[test]
fn catches_a_forbidden_import_however_it_is_written() {
    for text in [
        "use crate::engine::Trace;",
        "use crate::{io::Time, engine::{self, Trace}};",
        "use crate::{\n    engine,\n    io,\n};",
        "pub(crate) use crate::engine as e;",
        "fn f() -> crate::engine::Trace { todo() }",
        "fn f() { let x = Vec::<crate::engine::Trace>::new(); }",
        "use super::super::engine::Trace;",
        "mod inner { use super::super::super::engine; }",
        "fn f() { match 1 { _ => super::super::engine::judge() } }",
        "/* crate::io */ use /* x */ crate :: engine;",
        "const A: char = '\"'; use crate::engine;",
        "const A: &str = r#\"\"x\"#; use crate::engine;",
        "fn f<'a>(x: &'a str) { crate::engine::x() }",
    ] {
        assert_eq!(
            caught("sip/uri.rs", text),
            ["`sip` imports `engine`"],
            "{text}"
        );
    }
}

#[test]
fn lets_be_what_is_no_import() {
    for text in [
        "use crate::io::Time;",
        "use super::Message; use super::uri::Uri;",
        "use crate::sip::Message;",
        "// crate::engine::Trace\n/// [`crate::engine`]\n/* /* */ crate::engine */",
        "const A: &str = \"crate::engine\\\" crate::engine\";",
        "const A: &str = r\"crate::engine\"; const B: &[u8] = br#\"crate::engine\"#;",
        "#[cfg(test)]\nmod tests { use crate::engine; fn f() { {} } }\nuse crate::io;",
        "#[cfg(test)] mod tests; #[cfg(test)] use crate::engine;",
        "mod inner { use super::super::Message; }",
    ] {
        assert_eq!(caught("sip/uri.rs", text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_follows_the_tests_is_looked_at() {
    let text = "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::engine;";
    assert_eq!(caught("sip/uri.rs", text), ["`sip` imports `engine`"]);
}

#[test]
fn the_rules_are_those_of_the_map() {
    let forbidden = [
        ("io", "sip"),
        ("msrp", "sip"),
        ("ch2", "scenario"),
        ("scenario", "engine"),
        ("engine", "roles"),
        ("roles", "runtime"),
        ("reference", "ch2"),
        ("runtime", "roles"),
        ("report", "runtime"),
        ("report", "cli"),
    ];
    for (room, to) in forbidden {
        let text = format!("use crate::{to}::X;");
        let expected = format!("`{room}` imports `{to}`");
        assert_eq!(caught(&format!("{room}/x.rs"), &text), [expected]);
    }
    assert_eq!(
        caught("attic/x.rs", "").len(),
        1,
        "a room without a rule is caught"
    );
}

#[test]
fn catches_sockets_and_lets_addresses_be() {
    let in_roles = |text| sockets(Path::new("roles/x.rs"), text).len();
    assert_eq!(in_roles("use std::net::{IpAddr, SocketAddr};"), 0);
    assert_eq!(in_roles("fn f(a: std::net::SocketAddr) {}"), 0);
    assert_eq!(in_roles("use std::net::{IpAddr, UdpSocket};"), 1);
    assert_eq!(in_roles("use std::{io, net::TcpStream};"), 1);
    assert_eq!(in_roles("use std::net::*;"), 1);
    assert_eq!(in_roles("use std::net::{self, IpAddr};"), 1);
    assert_eq!(in_roles("use std::net;"), 1);
    assert_eq!(in_roles("fn f() { tokio::net::TcpStream::connect(x) }"), 1);
    assert_eq!(
        sockets(Path::new("runtime/x.rs"), "use tokio::net::TcpStream;").len(),
        0
    );
}

#[test]
fn catches_clocks() {
    let in_roles = |text| clocks(Path::new("roles/x.rs"), text).len();
    assert_eq!(in_roles("use std::time::Duration;"), 0);
    assert_eq!(in_roles("use std::time::{Duration, Instant};"), 1);
    assert_eq!(in_roles("use std::time::Instant as Moment;"), 1);
    assert_eq!(in_roles("fn f() { std::time::SystemTime::now() }"), 1);
    assert_eq!(in_roles("use std::time::*;"), 1);
    assert_eq!(in_roles("fn f() { std::thread::sleep(x) }"), 1);
    assert_eq!(
        clocks(Path::new("cli/x.rs"), "use std::time::SystemTime;").len(),
        0
    );
}

#[test]
fn catches_code_in_a_mod_file() {
    let in_mod = |text| declarations(Path::new("sip/mod.rs"), text);
    let fine = "//! Doc.\n#![allow(x)]\nmod a;\npub mod b;\npub(crate) mod c;\n\
                #[doc(hidden)]\npub use a::{X, y::{self, Z}};\nuse b as _;\n\
                #[cfg(test)]\nmod tests { fn f() {} }\n";
    assert_eq!(in_mod(fine), Vec::<String>::new());
    assert_eq!(in_mod("mod a; fn f() { g() }"), ["holds code: `fn f ...`"]);
    assert_eq!(
        in_mod("pub use a::{X};\npub struct S;"),
        ["holds code: `struct S ...`"]
    );
    assert_eq!(in_mod("mod a { }"), ["holds code: `mod a ...`"]);
    assert_eq!(
        in_mod("const A: [u8; 2] = [1, 2];"),
        ["holds code: `const A ...`"]
    );
    assert_eq!(
        declarations(Path::new("sip/uri.rs"), "fn f() {}"),
        Vec::<String>::new()
    );
}
