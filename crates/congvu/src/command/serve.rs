//! `serve`: the server.

use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::SignedDuration;
use registry::drafts::Drafts;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use web::{App, Parts};

use crate::cli::Serve;
use crate::desk::OfficeDesk;
use crate::home::Home;
use crate::out::Out;
use crate::site::Site;
use crate::workshop::HomeWorkshop;
use crate::{Ended, Refusal, people};

/// Serves until it is told to stop; answers what was begun before it ends.
pub(crate) async fn run(out: Out, home: Home, wanted: &Serve) -> anyhow::Result<Ended> {
    let listen = wanted.listen.unwrap_or(home.config.server.listen);
    let stopped = Stopped::listen()?;
    let server = Server::start(&home, listen, wanted.fixed_page).await?;
    let address = format!("http://{}", server.address);
    out.data(&serde_json::json!({ "serving": address }), || {
        out.say("serving", &[("address", &address)])
    });
    stopped.wait().await?;
    server.stop().await?;
    Ok(Ended::Done)
}

/// A server that runs inside this process.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    file: PathBuf,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Opens the installation and listens; writes the address for this machine's stations.
    /// `fixed_page` adds the page that benchmarks compare with.
    pub(crate) async fn start(
        home: &Home,
        listen: SocketAddr,
        fixed_page: bool,
    ) -> anyhow::Result<Self> {
        if !listen.ip().is_loopback() {
            let address = listen.to_string();
            return Err(Refusal::of("refused-listen", &[("address", &address)]).into());
        }
        let site = Site::open(home).await?;
        let stop = CancellationToken::new();
        let app = App::new(Parts {
            desk: Arc::new(OfficeDesk::new(site.clone(), home)?),
            workshop: Arc::new(HomeWorkshop::new(site.clone(), home)?),
            office: site.office.clone(),
            ports: site.ports.clone(),
            gate: site.gate(),
            drafts: Arc::new(site.database.clone()),
            runs: Arc::new(site.database.clone()),
            demo: if site.demo { people::everybody() } else { Vec::new() },
            stop: stop.clone(),
        });
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}"))?;
        let address = listener.local_addr()?;
        let file = home.address_file();
        let temporary = file.with_extension("new");
        std::fs::write(&temporary, format!("http://{address}"))?;
        std::fs::rename(temporary, &file)?;
        tokio::spawn(tidy(site, stop.clone()));
        let router = if fixed_page { web::router_with_fixed_page(app) } else { web::router(app) };
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serve =
            axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
        Ok(Self { address, file, stop, task: tokio::spawn(serve.into_future()) })
    }

    /// Ends it when it has answered what was begun, or after [`GRACE`].
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        // A station must not send its token to whoever gets the port next.
        let own = format!("http://{}", self.address);
        if std::fs::read_to_string(&self.file).is_ok_and(|address| address == own) {
            std::fs::remove_file(&self.file)?;
        }
        let abort = self.task.abort_handle();
        if let Ok(ended) = tokio::time::timeout(GRACE, self.task).await {
            return ended.context("the server's task died")?.context("the server failed");
        }
        abort.abort();
        Ok(())
    }
}

/// Forgets what has ended: sessions, counted failures, and drafts that nobody touched for a month.
async fn tidy(site: Site, stop: CancellationToken) {
    let gate = site.gate();
    let mut every = tokio::time::interval(TIDY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = every.tick() => {}
        }
        if let Err(error) = gate.sweep().await {
            tracing::warn!(%error, "ended sessions were not removed");
        }
        let before = crate::system::now() - DRAFT_LIFE;
        match Drafts::sweep(&site.database, before).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "old drafts were removed"),
            Err(error) => tracing::warn!(%error, "old drafts were not removed"),
        }
    }
}

/// Hears Ctrl-C and termination signals from the moment it is made.
#[derive(Debug)]
pub(crate) struct Stopped([Signal; 3]);

impl Stopped {
    pub(crate) fn listen() -> std::io::Result<Self> {
        let signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupt, terminate, hang_up] = signals.map(signal);
        Ok(Self([interrupt?, terminate?, hang_up?]))
    }

    /// Returns when one has arrived.
    pub(crate) async fn wait(self) -> anyhow::Result<()> {
        let [mut interrupt, mut terminate, mut hang_up] = self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
        Ok(())
    }
}

/// How often what has ended is removed.
const TIDY: Duration = Duration::from_mins(10);

/// How long a draft is kept that nobody touches.
const DRAFT_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long requests that were begun may take to end.
const GRACE: Duration = Duration::from_secs(5);
