//! Makes connections for the outgoing client: name, address check, TCP, TLS, all within one time-out.
//! Called by the client's pool only. Every address is checked on every connection, so a name that changes its mind
//! between two look-ups gains nothing.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tower::Service;

use super::address::is_public;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// The address belongs to this machine or a private network, and the request may only go to public ones.
#[derive(Debug, thiserror::Error)]
#[error("the host's address is not public")]
pub(super) struct Forbidden;

/// Connects to `http` and `https` URLs.
#[derive(Clone)]
pub(super) struct Connector {
    tcp: Tcp,
    /// Made at the first `https` URL: reading the system's certificates takes time that a start need not pay.
    https: Arc<OnceLock<HttpsConnector<Tcp>>>,
    extra_roots: Arc<Vec<CertificateDer<'static>>>,
    within: Duration,
}

impl Connector {
    pub(super) fn new(
        allow_private: bool,
        extra_roots: Vec<CertificateDer<'static>>,
        within: Duration,
    ) -> Self {
        let (https, extra_roots) = (Arc::default(), Arc::new(extra_roots));
        Self { tcp: Tcp { allow_private }, https, extra_roots, within }
    }

    async fn connect(self, uri: Uri) -> Result<MaybeHttpsStream<TokioIo<TcpStream>>, BoxError> {
        if uri.scheme() == Some(&http::uri::Scheme::HTTPS) {
            return self.https().call(uri).await;
        }
        self.tcp.connect(&uri).await.map(|tcp| MaybeHttpsStream::Http(TokioIo::new(tcp)))
    }

    fn https(&self) -> HttpsConnector<Tcp> {
        self.https.get_or_init(|| secured(self.tcp, &self.extra_roots)).clone()
    }
}

fn secured(tcp: Tcp, extra_roots: &[CertificateDer<'static>]) -> HttpsConnector<Tcp> {
    let mut roots = RootCertStore::empty();
    // Without any root every certificate is refused, and the refusal says so.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(extra_roots.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows the default versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1().wrap_connector(tcp)
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connect = tokio::time::timeout(self.within, self.clone().connect(uri));
        Box::pin(async { connect.await? })
    }
}

/// Connects to the first address of a host that answers and may be used.
#[derive(Clone, Copy)]
struct Tcp {
    allow_private: bool,
}

impl Service<Uri> for Tcp {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let this = *self;
        Box::pin(async move { this.connect(&uri).await.map(TokioIo::new) })
    }
}

impl Tcp {
    async fn connect(self, uri: &Uri) -> Result<TcpStream, BoxError> {
        let host = uri.host().ok_or("the URL has no host")?;
        let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        let is_secure = uri.scheme() == Some(&http::uri::Scheme::HTTPS);
        let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let mut last: BoxError = Box::new(Forbidden);
        for address in tokio::net::lookup_host((host, port)).await?.filter(|a| self.may_use(a)) {
            match TcpStream::connect(address).await {
                // What was connected to is what is judged, not what a name resolved to.
                Ok(stream) if self.may_use(&stream.peer_addr()?) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Ok(_) => last = Box::new(Forbidden),
                Err(error) => last = Box::new(error),
            }
        }
        Err(last)
    }

    fn may_use(self, address: &SocketAddr) -> bool {
        self.allow_private || is_public(address.ip())
    }
}

/// The certificates of a PEM file.
pub(super) fn read_roots(file: &std::path::Path) -> io::Result<Vec<CertificateDer<'static>>> {
    use rustls::pki_types::pem::PemObject as _;
    let invalid = |error: rustls::pki_types::pem::Error| io::Error::new(io::ErrorKind::InvalidData, error);
    let roots: Vec<_> =
        CertificateDer::pem_file_iter(file).map_err(invalid)?.collect::<Result<_, _>>().map_err(invalid)?;
    if roots.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "holds no certificate in PEM form"));
    }
    Ok(roots)
}
