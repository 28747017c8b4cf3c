//! The load of the crash tests: several customers who send to ever new people, one request at a time and none twice,
//! wait while the server is down, and write down what they were answered. Decides nothing about what that means.

use std::net::SocketAddr;
use std::sync::{Condvar, Mutex};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Duration;

use crate::support::process::PATIENCE;
use crate::support::process_http::Http;
use crate::support::process_server::{marketing, wamid};

/// What the customers know.
#[derive(Debug, Default)]
pub struct Answers {
    /// (recipient, wamid) of every 200.
    pub accepted: Vec<(String, String)>,
    /// Recipients whose request ended without an answer.
    pub in_doubt: Vec<String>,
    /// Status and text of every other answer.
    pub refused: Vec<(u16, String)>,
}

/// Where and as whom they send; shared by all of them.
pub struct Load {
    address: SocketAddr,
    api_key: String,
    now: Mutex<Now>,
    changed: Condvar,
}

#[derive(Default)]
struct Now {
    /// How often the server has come up.
    starts: u32,
    /// 200s since it last came up.
    accepted: u64,
    is_over: bool,
}

impl Load {
    /// Nobody sends before [`Load::is_up`].
    pub fn new(address: SocketAddr, api_key: &str) -> Self {
        let (now, changed) = Default::default();
        Self { address, api_key: api_key.to_owned(), now, changed }
    }

    /// The server answers (again).
    pub fn is_up(&self) {
        let mut now = self.now.lock().expect("no panic while it was held");
        (now.starts, now.accepted) = (now.starts + 1, 0);
        self.changed.notify_all();
    }

    /// Waits until so many were accepted since the server came up, then this long; false when they never were.
    pub fn runs(&self, accepted: u64, and: Duration) -> bool {
        let wait = |limit, accepted| {
            let now = self.now.lock().expect("no panic while it was held");
            let waited = self.changed.wait_timeout_while(now, limit, |now| now.accepted < accepted);
            !waited.expect("no panic while it was held").1.timed_out()
        };
        let came = wait(PATIENCE, accepted);
        wait(and, u64::MAX);
        came
    }

    /// No request begins after this.
    pub fn ends(&self) {
        self.now.lock().expect("no panic while it was held").is_over = true;
        self.changed.notify_all();
    }

    /// Starts `customers`; they end after [`Load::ends`].
    pub fn start<'a>(
        &'a self,
        scope: &'a Scope<'a, '_>,
        customers: u32,
    ) -> Vec<ScopedJoinHandle<'a, Answers>> {
        (0..customers).map(|customer| scope.spawn(move || self.customer(customer))).collect()
    }

    fn customer(&self, customer: u32) -> Answers {
        let mut answers = Answers::default();
        let (mut http, mut start, mut is_broken) = (Http::new(self.address), 0, true);
        for number in 0.. {
            // After a broken connection only once the server has come up again.
            let Some(now) = self.up(start + u32::from(is_broken)) else { break };
            if now != start {
                (http, start) = (Http::new(self.address), now);
            }
            let to = format!("4477{customer:02}{number:06}");
            let body = marketing(&to).to_string();
            let answer =
                http.ask("POST", "/marketing_messages", ("D360-API-KEY", &self.api_key), body.as_bytes());
            is_broken = answer.is_err();
            match answer {
                Ok(answer) if answer.status == 200 => {
                    answers.accepted.push((to, wamid(&answer.json())));
                    self.now.lock().expect("no panic while it was held").accepted += 1;
                    self.changed.notify_all();
                }
                Ok(answer) => answers.refused.push((answer.status, answer.text())),
                Err(_) => answers.in_doubt.push(to),
            }
        }
        answers
    }

    /// Waits until the server has come up so often; how often it has by then. `None` when all is over.
    fn up(&self, starts: u32) -> Option<u32> {
        let now = self.now.lock().expect("no panic while it was held");
        let waited = self.changed.wait_while(now, |now| !now.is_over && now.starts < starts);
        let now = waited.expect("no panic while it was held");
        (!now.is_over).then_some(now.starts)
    }
}

impl Answers {
    /// What all customers know.
    pub fn of_all(customers: Vec<ScopedJoinHandle<'_, Self>>) -> Self {
        customers.into_iter().fold(Self::default(), |mut all, customer| {
            let one = customer.join().expect("a customer");
            all.accepted.extend(one.accepted);
            all.in_doubt.extend(one.in_doubt);
            all.refused.extend(one.refused);
            all
        })
    }
}
