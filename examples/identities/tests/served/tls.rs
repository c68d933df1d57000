//! Argyle's API behind TLS: one whose certificate the machine trusts, and one whose it does not.

use std::{fs, path::PathBuf, sync::Arc};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use switchhook::testing::LocalArgyle;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

use crate::{program::Program, subscribed::variables};

/// A local Argyle with TLS before it, until it is dropped.
struct Behind {
    argyle: LocalArgyle,
    url: String,
    /// The certificate, for who is to trust it.
    pem: PathBuf,
    _front: JoinSet<()>,
}

impl Behind {
    async fn start(name: &str) -> Self {
        let argyle = LocalArgyle::start().await.unwrap();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let pem = std::env::temp_dir().join(format!("identities-{}-{name}.pem", std::process::id()));
        fs::write(&pem, cert.pem()).unwrap();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let config =
            ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key);
        let tls = TlsAcceptor::from(Arc::new(config.unwrap()));

        let front = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}/v2", front.local_addr().unwrap().port());
        let behind = argyle.base_url().trim_start_matches("http://").trim_end_matches("/v2").to_owned();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = front.accept().await {
                let (tls, behind) = (tls.clone(), behind.clone());
                connections.spawn(async move {
                    // Who does not trust the certificate hangs up.
                    let Ok(mut stream) = tls.accept(stream).await else { return };
                    let mut behind = TcpStream::connect(behind).await.unwrap();
                    drop(copy_bidirectional(&mut stream, &mut behind).await);
                });
            }
        });
        Self { argyle, url, pem, _front: serving }
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.pem));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_it_subscribes_where_the_certificate_is_trusted() {
    let behind = Behind::start("trusted").await;
    let trusted = [("SSL_CERT_FILE", behind.pem.to_str().unwrap())];
    let program = Program::start_in(&[&variables(&behind.argyle, &behind.url)[..], &trusted].concat(), &[]);
    let shown = program.lines_to("serving until Ctrl-C").join("\n");
    assert!(shown.contains("1 subscription created, 0 deleted"), "{shown}");
    assert_eq!(behind.argyle.subscriptions().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_sends_no_key_to_a_server_whose_certificate_is_not_trusted_and_serves_on() {
    let behind = Behind::start("untrusted").await;
    let program = Program::start_in(&variables(&behind.argyle, &behind.url), &[]);
    let said = program.log_with("ERROR identities: ");
    let text = format!("`GET /webhooks`: Argyle cannot be reached at `{}`", behind.url);
    assert!(said.contains(&text) && said.contains("certificate"), "{said}");
    assert_eq!(behind.argyle.requests().len(), 0);
    program.lines_to("serving until Ctrl-C");
    assert_eq!(program.stop().0, Some(0));
}
