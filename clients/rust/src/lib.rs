//! Nothing of its own: the tests drive a public client library.
