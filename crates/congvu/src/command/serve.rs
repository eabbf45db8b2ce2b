//! `serve`: the server.

use std::future::IntoFuture as _;
use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Serve;
use crate::desk::OfficeDesk;
use crate::home::Home;
use crate::out::Out;
use crate::site::Site;
use crate::{Ended, Refusal};

/// Serves until it is told to stop; answers what was begun before it ends.
pub(crate) async fn run(out: Out, home: Home, wanted: &Serve) -> anyhow::Result<Ended> {
    let listen = wanted.listen.unwrap_or(home.config.server.listen);
    let server = Server::start(&home, listen).await?;
    let address = format!("http://{}", server.address);
    out.data(&serde_json::json!({ "serving": address }), || {
        out.say("serving", &[("address", &address)])
    });
    stopped().await?;
    server.stop().await?;
    Ok(Ended::Done)
}

/// A server that runs inside this process.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: tokio_util::sync::CancellationToken,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Opens the installation and listens; writes the address for this machine's stations.
    pub(crate) async fn start(home: &Home, listen: SocketAddr) -> anyhow::Result<Self> {
        if !listen.ip().is_loopback() {
            let address = listen.to_string();
            return Err(Refusal::of("refused-listen", &[("address", &address)]).into());
        }
        let site = Site::open(home).await?;
        let desk = OfficeDesk::new(site, home)?;
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}"))?;
        let address = listener.local_addr()?;
        std::fs::write(home.address_file(), format!("http://{address}"))?;
        let stop = tokio_util::sync::CancellationToken::new();
        let serve = axum::serve(listener, web::router(std::sync::Arc::new(desk)))
            .with_graceful_shutdown(stop.clone().cancelled_owned());
        Ok(Self { address, stop, task: tokio::spawn(serve.into_future()) })
    }

    /// Ends it when it has answered what was begun.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.task.await.context("the server's task died")?.context("the server failed")
    }
}

/// Returns when Ctrl-C or a termination signal arrives.
pub(crate) async fn stopped() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}
