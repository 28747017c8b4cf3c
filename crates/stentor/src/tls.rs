//! TLS for the listeners: given certificates in `serve`, a certificate authority of its own in `dev --tls`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// What can go wrong with certificates, with the file in it.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A certificate or key cannot be made or used.
    #[error("TLS: {0}")]
    Certificate(String),
}

/// An acceptor for the PEM files of `server.tls_certificate` and `server.tls_key`.
///
/// # Errors
/// When a file cannot be read or holds no certificate or key.
pub fn from_files(certificate: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    acceptor(&read(certificate)?, &read(key)?)
}

/// An acceptor signed by the data folder's own certificate authority, made at first use; and that authority's file, to
/// be given to clients (`curl --cacert`).
///
/// # Errors
/// When the folder cannot be written.
pub fn own_authority(dir: &Path) -> Result<(TlsAcceptor, PathBuf), TlsError> {
    let (ca_file, key_file) = (dir.join("ca.pem"), dir.join("ca.key"));
    let fault = |e: rcgen::Error| TlsError::Certificate(e.to_string());
    let ca_params = authority().map_err(fault)?;
    let ca_key = if key_file.exists() && ca_file.exists() {
        KeyPair::from_pem(&String::from_utf8_lossy(&read(&key_file)?)).map_err(fault)?
    } else {
        let key = KeyPair::generate().map_err(fault)?;
        let certificate = ca_params.self_signed(&key).map_err(fault)?;
        crate::data_folder::write_private(&key_file, key.serialize_pem().as_bytes())
            .map_err(|source| TlsError::File { path: key_file.clone(), source })?;
        crate::data_folder::write_private(&ca_file, certificate.pem().as_bytes())
            .map_err(|source| TlsError::File { path: ca_file.clone(), source })?;
        key
    };
    let issuer = Issuer::new(ca_params, ca_key);
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    let key = KeyPair::generate().map_err(fault)?;
    let certificate =
        CertificateParams::new(names).and_then(|p| p.signed_by(&key, &issuer)).map_err(fault)?;
    Ok((acceptor(certificate.pem().as_bytes(), key.serialize_pem().as_bytes())?, ca_file))
}

fn authority() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "Stentor dev authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn acceptor(certificate: &[u8], key: &[u8]) -> Result<TlsAcceptor, TlsError> {
    let fault = |e: String| TlsError::Certificate(e);
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<_, _>>()
        .map_err(|e| fault(e.to_string()))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|e| fault(e.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|b| b.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|e| fault(e.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::File { path: path.to_owned(), source })
}
