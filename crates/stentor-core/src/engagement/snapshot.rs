//! Values as bytes and back: little-endian, floats by their bits, a checksum at the end. What is read may be anything:
//! it is answered with [`Broken`], never with a panic, and never allocates more than the bytes can hold.

use siphasher::sip::SipHasher24;
use std::hash::Hasher;

/// Why bytes are no snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// They end too early, or the checksum says that they are not what was written.
    #[error("the snapshot is damaged: build the model anew from the learning log")]
    Damaged,
    /// Another version of the program wrote them.
    #[error(
        "the snapshot has format {0}, not the one this version writes: build the model anew from the learning log"
    )]
    Format(u32),
}

/// Writes values.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// One byte.
    pub fn u8(&mut self, value: u8) {
        self.0.push(value);
    }
    /// Two bytes.
    pub fn u16(&mut self, value: u16) {
        self.0.extend(value.to_le_bytes());
    }
    /// Four bytes.
    pub fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }
    /// Eight bytes.
    pub fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }
    /// The bits of a float.
    pub fn f32(&mut self, value: f32) {
        self.u32(value.to_bits());
    }
    /// The bits of a float.
    pub fn f64(&mut self, value: f64) {
        self.u64(value.to_bits());
    }
    /// Many, without their number.
    pub fn f64s(&mut self, values: &[f64]) {
        values.iter().for_each(|&value| self.f64(value));
    }
    /// A number of things to come.
    pub fn count(&mut self, count: usize) {
        self.u64(count as u64);
    }
    /// The bytes, and their checksum.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let sum = checksum(&self.0);
        self.u64(sum);
        self.0
    }
}

/// Reads what a [`Writer`] wrote.
#[derive(Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Of bytes whose checksum is right.
    ///
    /// # Errors
    /// [`Broken::Damaged`] where it is not.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Broken> {
        let (body, sum) = bytes.split_last_chunk::<8>().ok_or(Broken::Damaged)?;
        if checksum(body) == u64::from_le_bytes(*sum) { Ok(Self(body)) } else { Err(Broken::Damaged) }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(Broken::Damaged)?;
        self.0 = rest;
        Ok(*head)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`Broken::Damaged`] at the end, as everywhere below.
    pub fn u8(&mut self) -> Result<u8, Broken> {
        self.take::<1>().map(|[byte]| byte)
    }
    /// Two bytes.
    ///
    /// # Errors
    /// At the end.
    pub fn u16(&mut self) -> Result<u16, Broken> {
        self.take().map(u16::from_le_bytes)
    }
    /// Four bytes.
    ///
    /// # Errors
    /// At the end.
    pub fn u32(&mut self) -> Result<u32, Broken> {
        self.take().map(u32::from_le_bytes)
    }
    /// Eight bytes.
    ///
    /// # Errors
    /// At the end.
    pub fn u64(&mut self) -> Result<u64, Broken> {
        self.take().map(u64::from_le_bytes)
    }
    /// A float by its bits.
    ///
    /// # Errors
    /// At the end.
    pub fn f32(&mut self) -> Result<f32, Broken> {
        self.u32().map(f32::from_bits)
    }
    /// A float by its bits.
    ///
    /// # Errors
    /// At the end.
    pub fn f64(&mut self) -> Result<f64, Broken> {
        self.u64().map(f64::from_bits)
    }
    /// Fills a slice.
    ///
    /// # Errors
    /// At the end.
    pub fn f64s(&mut self, into: &mut [f64]) -> Result<(), Broken> {
        for value in into {
            *value = self.f64()?;
        }
        Ok(())
    }
    /// A number of things to come, each of at least `bytes_min` bytes.
    ///
    /// # Errors
    /// Where so many cannot be there.
    pub fn count(&mut self, bytes_min: usize) -> Result<usize, Broken> {
        let count = usize::try_from(self.u64()?).map_err(|_| Broken::Damaged)?;
        if count.saturating_mul(bytes_min.max(1)) <= self.0.len() { Ok(count) } else { Err(Broken::Damaged) }
    }
    /// Was everything read?
    ///
    /// # Errors
    /// Where something is left.
    pub fn end(self) -> Result<(), Broken> {
        if self.0.is_empty() { Ok(()) } else { Err(Broken::Damaged) }
    }
}

fn checksum(bytes: &[u8]) -> u64 {
    let mut hasher = SipHasher24::new();
    hasher.write(bytes);
    hasher.finish()
}
