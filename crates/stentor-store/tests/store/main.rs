//! The store from outside: one suite for both backends, both compared step by step, and what only a data folder can do.

mod agree;
mod conformance;
mod copy;
mod disk;
mod folder;
mod learning;
mod verify;
mod world;

use stentor_store::Store;

#[test]
fn memory_conforms() {
    conformance::suite(|| (Store::memory(), ()));
}

#[test]
fn sqlite_conforms() {
    conformance::suite(|| {
        let dir = world::folder();
        (world::open(&dir), dir)
    });
}
