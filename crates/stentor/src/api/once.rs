//! Keys that are in use right now: the second of two requests under one `Idempotency-Key` is told 409 while the first
//! is still being answered. In memory only: what was answered is in the store.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The keys in use, by their scope's hash.
#[derive(Debug, Default)]
pub struct InFlight(Mutex<HashSet<[u8; 32]>>);

/// One key in use; given back when dropped.
#[derive(Debug)]
pub struct Ticket<'a> {
    keys: &'a InFlight,
    scope: [u8; 32],
}

impl InFlight {
    /// Takes the key; `None` while another request has it.
    pub fn enter(&self, scope: [u8; 32]) -> Option<Ticket<'_>> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Not `then_some`: a ticket made and dropped at once would give the other request's key back.
        if keys.insert(scope) { Some(Ticket { keys: self, scope }) } else { None }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.keys.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.scope);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_in_use_until_its_ticket_is_dropped() {
        let keys = InFlight::default();
        let ticket = keys.enter([1; 32]).unwrap();
        assert!(keys.enter([1; 32]).is_none());
        assert!(keys.enter([2; 32]).is_some());
        drop(ticket);
        assert!(keys.enter([1; 32]).is_some());
    }
}
