//! What the stub's process does.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Cursor, Read};
use std::process::ExitCode;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use actix_web::web::{self, Bytes, Data, Path};
use actix_web::{App, HttpResponse, HttpServer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use raptor_cluster::bundle::MANIFEST_FILE;
use raptor_core::manifest::Manifest;
use serde_json::{Map, Value, json};
use zip::ZipArchive;

use super::Stall;

/// As much code as OpenWhisk takes, 48 MB in base64, and what surrounds it.
const BODY_BYTES_MAX: usize = 80 << 20;

/// How many connections wait to be accepted: a load test may open thousands at once.
const BACKLOG: u32 = 8_192;

/// The id of every activation: nobody asks for one.
const ACTIVATION: &str = "00000000000000000000000000000000";

/// What its answers are made of.
struct Host {
    stall: Stall,
    first: OnceLock<Instant>,
    /// The answer to an invocation of each action.
    answers: Mutex<BTreeMap<String, Bytes>>,
}

/// Answers until its standard input ends: with the program that has started it.
pub(crate) fn main(mut words: impl Iterator<Item = OsString>) -> ExitCode {
    let stall = words.next().and_then(|word| word.to_str()?.parse().ok());
    let host = Data::new(Host {
        stall: stall.unwrap_or_default(),
        first: OnceLock::new(),
        answers: Mutex::default(),
    });
    match actix_web::rt::System::new().block_on(serve(host)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loadtest: failed to start the stub: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(host: Data<Host>) -> std::io::Result<()> {
    const ACTIONS: &str = "/api/v1/namespaces/_/actions/{name}";
    let server = HttpServer::new(move || {
        App::new()
            .app_data(host.clone())
            .app_data(web::PayloadConfig::new(BODY_BYTES_MAX))
            .route(ACTIONS, web::put().to(put))
            .route(ACTIONS, web::post().to(post))
            .route(ACTIONS, web::delete().to(delete))
    });
    // Connections last as long as whoever made them.
    let server = server.keep_alive(Duration::from_secs(3600));
    let server = server.backlog(BACKLOG).workers(1).disable_signals();
    let server = server.bind(("127.0.0.1", 0))?;
    println!("http://{}", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        drop(handle.stop(false));
        // Whoever has started it is gone: nobody hears what is under way.
        std::process::exit(0);
    });
    server.await
}

async fn put(name: Path<String>, body: Bytes, host: Data<Host>) -> HttpResponse {
    let answer = serde_json::from_slice(&body)
        .ok()
        .and_then(|put| answer(&put));
    let Some(answer) = answer else {
        let error = "it has no code with a manifest: the stub does not know what to answer";
        return HttpResponse::BadRequest().json(json!({ "error": error, "code": "stub" }));
    };
    let mut answers = host.answers.lock().expect("no holder panics");
    answers.insert(name.into_inner(), answer.into());
    HttpResponse::Ok().json(json!({}))
}

async fn post(name: Path<String>, _: Bytes, host: Data<Host>) -> HttpResponse {
    let now = Instant::now();
    let stalls = *host.first.get_or_init(|| now) + host.stall.at;
    let goes_on = stalls + host.stall.lasts;
    if (stalls..goes_on).contains(&now) {
        tokio::time::sleep_until(goes_on.into()).await;
    }
    let answers = host.answers.lock().expect("no holder panics");
    match answers.get(name.as_str()) {
        Some(answer) => HttpResponse::Ok()
            .content_type("application/json")
            .body(answer.clone()),
        None => missing(),
    }
}

async fn delete(name: Path<String>, host: Data<Host>) -> HttpResponse {
    let mut answers = host.answers.lock().expect("no holder panics");
    match answers.remove(name.as_str()) {
        Some(_) => HttpResponse::Ok().json(json!({})),
        None => missing(),
    }
}

fn missing() -> HttpResponse {
    let error = "The requested resource does not exist.";
    HttpResponse::NotFound().json(json!({ "error": error, "code": "stub" }))
}

/// The record of every activation of an action that is created so: an empty object for each sink.
fn answer(put: &Value) -> Option<String> {
    let code = STANDARD.decode(put["exec"]["code"].as_str()?).ok()?;
    let mut archive = ZipArchive::new(Cursor::new(code)).ok()?;
    let mut manifest = String::new();
    let mut file = archive.by_name(MANIFEST_FILE).ok()?;
    file.read_to_string(&mut manifest).ok()?;
    let manifest = Manifest::parse(&manifest).ok()?;
    let sinks = manifest.sinks().iter();
    let values = sinks.map(|sink| (manifest.function(*sink).name.clone(), json!({})));
    let record = json!({
        "activationId": ACTIVATION, "start": 0, "end": 0, "duration": 0, "annotations": [],
        "logs": [],
        "response": { "status": "success", "success": true,
                      "result": values.collect::<Map<_, _>>() },
    });
    Some(record.to_string())
}
