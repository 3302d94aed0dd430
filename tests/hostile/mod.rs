//! Servers that mean harm, on plain sockets: what they send is written by hand, byte for byte.
//!
//! Their threads end when the sockets of the harness do, or when the test's own process does.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Where a hostile server stands, and where it attacks.
#[derive(Clone)]
pub struct Ground {
    pub udp: Arc<UdpSocket>,
    pub tcp: Arc<TcpListener>,
    pub msrp: Arc<TcpListener>,
    pub enabler: SocketAddr,
    /// True once the harness has ended.
    pub over: Arc<AtomicBool>,
}

/// Escape sequences, direction overrides, an end of line and a path: nothing of it may be obeyed.
pub const EVIL: &str =
    "\u{1b}[31;1m\u{1b}]0;owned\u{7}\u{202e}gpj.exe\u{2066}\u{200b}\u{9b}2J/../../etc";

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(5);

impl Ground {
    pub fn new(enabler: SocketAddr) -> Ground {
        Ground {
            udp: Arc::new(UdpSocket::bind("127.0.0.1:0").unwrap()),
            tcp: Arc::new(TcpListener::bind("127.0.0.1:0").unwrap()),
            msrp: Arc::new(TcpListener::bind("127.0.0.1:0").unwrap()),
            enabler,
            over: Arc::default(),
        }
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Does this in a thread of its own.
    pub fn go(&self, work: impl FnOnce(Ground) + Send + 'static) {
        let ground = self.clone();
        thread::spawn(move || work(ground));
    }

    /// A connection to the Charging Enabler, once it listens.
    pub fn connect(&self) -> Option<TcpStream> {
        while !self.is_over() {
            match TcpStream::connect(self.enabler) {
                Ok(stream) => return Some(stream),
                Err(_) => thread::sleep(LOOK),
            }
        }
        None
    }

    /// A CH-2 connection over which capabilities were exchanged.
    pub fn peer(&self, origin_host: &str) -> Option<TcpStream> {
        let mut stream = self.connect()?;
        stream.write_all(&cer(origin_host)).ok()?;
        let answer = read_diameter(&mut stream)?;
        assert_eq!(&answer[4..8], [0, 0, 1, 1], "a CEA");
        Some(stream)
    }

    /// A CH-2 connection that is right, and only read from.
    pub fn quiet_peer(&self) {
        self.go(|ground| {
            if let Some(mut stream) = ground.peer("im.hostile.example") {
                while read_diameter(&mut stream).is_some() {}
            }
        });
    }

    /// Does this with every datagram of SIP.
    pub fn each_datagram(&self, mut work: impl FnMut(&Ground, &str, SocketAddr) + Send + 'static) {
        self.go(move |ground| {
            let mut buffer = vec![0; 65_536];
            while !ground.is_over() {
                // What was sent to a socket that is closed by now comes back as an error.
                let Ok((length, from)) = ground.udp.recv_from(&mut buffer) else {
                    continue;
                };
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                work(&ground, &text, from);
            }
        });
    }

    /// Does this with every TCP connection of SIP.
    pub fn each_sip_connection(&self, work: impl Fn(TcpStream) + Send + Clone + 'static) {
        self.go(move |ground| {
            while let Ok((stream, _)) = ground.tcp.accept() {
                let work = work.clone();
                thread::spawn(move || work(stream));
            }
        });
    }

    /// Answers INVITEs with an MSRP session, and does this with every connection that comes.
    pub fn each_msrp_connection(
        &self,
        work: impl Fn(&Ground, TcpStream, &str) + Send + Clone + 'static,
    ) {
        self.quiet_peer();
        let paths: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
        let known = Arc::clone(&paths);
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=message {0} TCP/MSRP *\r\na=accept-types:*\r\na=setup:passive\r\n\
             a=path:msrp://127.0.0.1:{0}/hostile;tcp\r\n",
            self.msrp.local_addr().unwrap().port()
        );
        self.each_datagram(move |ground, text, from| {
            if text.starts_with("INVITE ") {
                let path = text.lines().find_map(|line| line.strip_prefix("a=path:"));
                known.lock().unwrap().extend(path.map(str::to_owned));
            }
            if !text.starts_with("ACK ") {
                let _ = ground
                    .udp
                    .send_to(answer(text, "200 OK", &sdp).as_bytes(), from);
            }
        });
        self.go(move |ground| {
            while let Ok((stream, _)) = ground.msrp.accept() {
                let (ground, work) = (ground.clone(), work.clone());
                let to = paths.lock().unwrap().last().cloned().unwrap_or_default();
                thread::spawn(move || work(&ground, stream, &to));
            }
        });
    }
}

/// An answer to a SIP request, by its lines.
pub fn answer(request: &str, status: &str, sdp: &str) -> String {
    let mut answer = format!("SIP/2.0 {status}\r\n");
    for line in request.lines().take_while(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap_or_default();
        match name {
            "Via" | "From" | "Call-ID" | "CSeq" | "Record-Route" => {
                answer.push_str(&format!("{line}\r\n"));
            }
            "To" if line.contains(";tag=") => answer.push_str(&format!("{line}\r\n")),
            "To" => answer.push_str(&format!("{line};tag=hostile\r\n")),
            _ => {}
        }
    }
    if !sdp.is_empty() {
        answer.push_str("Contact: <sip:hostile@127.0.0.1>\r\nContent-Type: application/sdp\r\n");
    }
    answer + &format!("Content-Length: {}\r\n\r\n{sdp}", sdp.len())
}

/// The value of a header of a SIP request.
pub fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let mut lines = request.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(found, _)| *found == name);
    found.map(|(_, value)| value.trim()).unwrap_or_default()
}

/// A Capabilities-Exchange-Request (RFC 6733 5.3.1).
pub fn cer(origin_host: &str) -> Vec<u8> {
    diameter(
        0x80,
        257,
        0,
        1,
        &[
            avp(264, origin_host.as_bytes()),
            avp(296, b"hostile.example"),
            avp(257, &[0, 1, 127, 0, 0, 1]),
            avp(266, &0_u32.to_be_bytes()),
            plain(269, origin_host.as_bytes()),
            avp(258, &4_u32.to_be_bytes()),
        ],
    )
}

/// A Device-Watchdog-Request (RFC 6733 5.5.1).
pub fn dwr(number: u32) -> Vec<u8> {
    let avps = [
        avp(264, b"im.hostile.example"),
        avp(296, b"hostile.example"),
    ];
    diameter(0x80, 280, 0, number, &avps)
}

/// A Credit-Control-Request (RFC 8506 3.1) that charges `subscriber`.
pub fn ccr(number: u32, session_id: &str, kind: u32, subscriber: &str, said: &str) -> Vec<u8> {
    let mut subscription = avp(450, &2_u32.to_be_bytes());
    subscription.extend(avp(444, subscriber.as_bytes()));
    diameter(
        0xc0,
        272,
        4,
        number,
        &[
            avp(263, session_id.as_bytes()),
            avp(264, b"im.hostile.example"),
            avp(296, b"hostile.example"),
            avp(283, b"enabler.example"),
            avp(258, &4_u32.to_be_bytes()),
            avp(461, said.as_bytes()),
            avp(416, &kind.to_be_bytes()),
            avp(415, &number.to_be_bytes()),
            avp(443, &subscription),
        ],
    )
}

/// One AVP with the M bit (RFC 6733 4.1).
fn avp(code: u32, data: &[u8]) -> Vec<u8> {
    let mut avp = plain(code, data);
    avp[4] = 0x40;
    avp
}

/// One AVP without flags.
fn plain(code: u32, data: &[u8]) -> Vec<u8> {
    let mut avp = code.to_be_bytes().to_vec();
    let length = u32::try_from(8 + data.len()).unwrap();
    avp.extend(length.to_be_bytes());
    avp.extend(data);
    avp.resize(avp.len().next_multiple_of(4), 0);
    avp
}

/// One message (RFC 6733 3).
fn diameter(flags: u8, command: u32, application: u32, number: u32, avps: &[Vec<u8>]) -> Vec<u8> {
    let body = avps.concat();
    let length = u32::try_from(20 + body.len()).unwrap();
    let mut message = (0x0100_0000 | length).to_be_bytes().to_vec();
    message.extend((u32::from(flags) << 24 | command).to_be_bytes());
    message.extend(application.to_be_bytes());
    message.extend(number.to_be_bytes());
    message.extend(number.to_be_bytes());
    message.extend(body);
    message
}

/// The next message, `None` where the connection ended.
pub fn read_diameter(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut message = vec![0; 4];
    stream.read_exact(&mut message).ok()?;
    let length = u32::from_be_bytes([0, message[1], message[2], message[3]]);
    message.resize(usize::try_from(length).unwrap().max(20), 0);
    stream.read_exact(&mut message[4..]).ok()?;
    Some(message)
}
