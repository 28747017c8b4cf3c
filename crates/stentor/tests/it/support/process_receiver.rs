//! A customer's webhook receiver: takes whatever is posted to it and answers as a test wants. Used by the tests of
//! outgoing webhooks; ends with the test's process.

use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::process::PATIENCE;
use super::process_http::{read_body, read_head};

/// One POST, as it came.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// The exact bytes.
    pub body: Vec<u8>,
}

impl Delivery {
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_else(|| panic!("no {name}: {:?}", self.headers))
    }

    /// (wamid, status) of every status in it.
    pub fn statuses(&self) -> Vec<(String, String)> {
        let body: Value = serde_json::from_slice(&self.body).expect("JSON");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let changes = body["entry"].as_array().into_iter().flatten();
        let changes = changes.flat_map(|entry| entry["changes"].as_array().into_iter().flatten());
        let statuses =
            changes.flat_map(|change| change["value"]["statuses"].as_array().into_iter().flatten());
        statuses.map(|status| (text(&status["id"]), text(&status["status"]))).collect()
    }
}

/// What the receiver answers.
pub enum Reply {
    Status(u16),
    /// Nothing, until the sender gives up.
    Never,
}

/// A running receiver.
pub struct WebhookReceiver {
    pub url: String,
    deliveries: Receiver<Delivery>,
}

impl WebhookReceiver {
    pub fn start(reply: impl FnMut(&Delivery) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("bound"));
        let (sender, deliveries) = channel();
        let reply = Arc::new(Mutex::new(reply));
        in_background(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (reply, sender) = (Arc::clone(&reply), sender.clone());
                in_background(move || serve(stream, &reply, &sender));
            }
        });
        Self { url, deliveries }
    }

    /// The next POST.
    #[track_caller]
    pub fn next(&self) -> Delivery {
        self.deliveries.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no webhook within {PATIENCE:?}"))
    }

    /// Whether nothing was posted that nobody has looked at.
    pub fn is_quiet(&self) -> bool {
        self.deliveries.try_recv().is_err()
    }

    /// POSTs until one tells this status of this message, that one last.
    #[track_caller]
    pub fn until(&self, wamid: &str, status: &str) -> Vec<Delivery> {
        let wanted = (wamid.to_owned(), status.to_owned());
        let mut all = Vec::new();
        loop {
            all.push(self.next());
            if all.last().is_some_and(|last| last.statuses().contains(&wanted)) {
                return all;
            }
        }
    }
}

fn serve(stream: TcpStream, reply: &Mutex<impl FnMut(&Delivery) -> Reply>, sender: &Sender<Delivery>) {
    let mut stream = BufReader::new(stream);
    while let Ok((_, headers)) = read_head(&mut stream) {
        let Ok(body) = read_body(&mut stream, &headers) else { return };
        let delivery = Delivery { headers, body };
        let said = (reply.lock().expect("no panic while it was held"))(&delivery);
        let _ = sender.send(delivery);
        match said {
            Reply::Status(code) => {
                let answer = format!("HTTP/1.1 {code} So\r\nContent-Length: 0\r\n\r\n");
                if stream.get_mut().write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
            Reply::Never => {
                // Returns when the other side closes.
                let _ = stream.read(&mut [0]);
                return;
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a server of the test's own, blocking, ended with its process")]
fn in_background(work: impl FnOnce() + Send + 'static) {
    std::thread::spawn(work);
}
