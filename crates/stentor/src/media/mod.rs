//! Media as bytes: the folder they lie in, the forms they come and go in, and the way to an upstream that keeps them.
//! Used by the API, the upstreams and the network process alike; knows no layer, decides nothing about messages.

mod folder;
mod form;
mod relay;
mod stream;
mod sweep;

pub use folder::{Folder, FolderError, Incoming, Placed, Received, Resumed, hex};
pub use form::{Form, FormError, encode, raw, read};
pub use relay::{Arrived, Relay, RelayError, Relayed, Sample, Shown};
pub use stream::{Span, stream};
pub use sweep::{collect, sweep};
