//! An API server with objects, resource versions, pages and watches, and with faults on demand.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use ironhull_kube::{Access, Cluster};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::kubeconfig;

/// Group, plural, kind, whether it lives in namespaces.
type Row = (&'static str, &'static str, &'static str, bool);

/// What goes wrong.
#[derive(Default)]
pub(crate) struct Faults {
    /// Resources that may not be listed or watched.
    pub(crate) forbidden: BTreeSet<&'static str>,
    /// So many requests for objects get 503.
    pub(crate) unavailable: usize,
    /// So many pages after the first get 410.
    pub(crate) lost_places: usize,
    /// So many connections are closed before anything is answered.
    pub(crate) hang_ups: usize,
    /// Pages have so few objects, whatever is asked for.
    pub(crate) page: Option<usize>,
    /// Each page takes so long.
    pub(crate) slow: Duration,
    /// Nothing is answered at all.
    pub(crate) silent: bool,
}

/// How running watches are ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    /// As at their timeout.
    Clean,
    /// In the middle of an event, without the end of the body.
    MidEvent,
    /// Not ended, but never heard of again.
    Silent,
    /// By an event that cannot be read.
    Garbage,
}

pub(crate) struct State {
    version: u64,
    /// Watches from before it get 410.
    oldest: u64,
    /// What is served.
    pub(crate) rows: Vec<Row>,
    objects: BTreeMap<&'static str, BTreeMap<(String, String), Value>>,
    history: Vec<(u64, &'static str, &'static str, Value)>,
    /// What was listed, how much of it was sent, and at which version.
    places: HashMap<String, (Arc<Vec<Value>>, usize, u64)>,
    pub(crate) faults: Faults,
    /// Counts the times that all watches were ended, and how the last time.
    endings: (u64, End),
    /// Watches that run.
    pub(crate) watches: usize,
    pub(crate) bookmarks: Option<Duration>,
    pub(crate) log: Vec<String>,
}

/// A running server. Its threads end with the process.
#[derive(Clone)]
pub(crate) struct Fake {
    state: Arc<(Mutex<State>, Condvar)>,
    url: String,
    directory: Arc<TempDir>,
}

/// A request.
struct Asked {
    method: String,
    path: String,
    query: HashMap<String, String>,
    head: String,
    body: String,
}

impl Fake {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = State {
            version: 100,
            oldest: 0,
            rows: vec![
                ("", "pods", "Pod", true),
                ("", "secrets", "Secret", true),
                ("", "namespaces", "Namespace", false),
                ("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition", false),
            ],
            objects: BTreeMap::new(),
            history: Vec::new(),
            places: HashMap::new(),
            faults: Faults::default(),
            endings: (0, End::Clean),
            watches: 0,
            bookmarks: None,
            log: Vec::new(),
        };
        let fake = Self {
            state: Arc::new((Mutex::new(state), Condvar::new())),
            url,
            directory: Arc::new(tempfile::tempdir().unwrap()),
        };
        let own = fake.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let fake = own.clone();
                std::thread::spawn(move || fake.serve(stream));
            }
        });
        fake
    }

    pub(crate) async fn cluster(&self) -> Cluster {
        self.cluster_with("{token: the-token}", Duration::from_secs(10)).await
    }

    pub(crate) async fn cluster_with(&self, user: &str, timeout: Duration) -> Cluster {
        let path = self.directory.path().join("config");
        std::fs::write(&path, kubeconfig(&self.url, "", user)).unwrap();
        let access = Access { kubeconfig: Some(path), timeout, ..Access::default() };
        Cluster::connect(&access).await.unwrap()
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.0.lock().unwrap()
    }

    /// Creates or changes an object.
    pub(crate) fn put(&self, plural: &'static str, namespace: &str, name: &str, extra: &Value) {
        self.lock().put(plural, namespace, name, extra);
        self.state.1.notify_all();
    }

    pub(crate) fn delete(&self, plural: &'static str, namespace: &str, name: &str) {
        self.lock().delete(plural, namespace, name);
        self.state.1.notify_all();
    }

    /// Ends all running watches.
    pub(crate) fn end_watches(&self, end: End) {
        let mut state = self.lock();
        state.endings = (state.endings.0 + 1, end);
        drop(state);
        self.state.1.notify_all();
    }

    /// Forgets what happened up to now.
    pub(crate) fn compact(&self) {
        self.lock().compact();
    }

    /// Requests whose line holds all of these.
    pub(crate) fn count(&self, texts: &[&str]) -> usize {
        self.lock().log.iter().filter(|line| texts.iter().all(|text| line.contains(text))).count()
    }

    fn serve(&self, mut stream: TcpStream) {
        let Some(asked) = read(&mut stream) else { return };
        let line = format!("{} {} {:?}", asked.method, asked.path, BTreeMap::from_iter(&asked.query));
        let mut state = self.lock();
        state.log.push(format!("{line} {} {}", asked.head.to_ascii_lowercase(), asked.body));
        while state.faults.silent {
            state = self.state.1.wait(state).unwrap();
        }
        let is_discovery = matches!(asked.path.as_str(), "/version" | "/api" | "/apis");
        if !is_discovery && state.faults.hang_ups > 0 {
            state.faults.hang_ups -= 1;
            return;
        }
        if !is_discovery && state.faults.unavailable > 0 {
            state.faults.unavailable -= 1;
            drop(state);
            return answer(&mut stream, 503, &status(503, "ServiceUnavailable"));
        }
        let (code, body) = match asked.path.as_str() {
            "/version" => (200, json!({"gitVersion": "v1.33.1"})),
            "/api" => (200, discovery(&[""], &state.rows)),
            "/apis" => (200, discovery(&["apiextensions.k8s.io", "x.example"], &state.rows)),
            _ if asked.method != "GET" => written(&asked),
            _ => {
                let Some((plural, namespace)) = state.find(&asked.path) else {
                    drop(state);
                    return answer(&mut stream, 404, &status(404, "NotFound"));
                };
                if state.faults.forbidden.contains(plural) {
                    (403, status(403, "Forbidden"))
                } else if asked.query.contains_key("watch") {
                    drop(state);
                    return self.watch(&mut stream, plural, namespace.as_deref(), &asked);
                } else {
                    let slow = state.faults.slow;
                    drop(state);
                    std::thread::sleep(slow);
                    state = self.lock();
                    state.list(plural, namespace.as_deref(), &asked)
                }
            }
        };
        drop(state);
        answer(&mut stream, code, &body);
    }

    fn watch(&self, stream: &mut TcpStream, plural: &str, namespace: Option<&str>, asked: &Asked) {
        let mut cursor: u64 = asked.query["resourceVersion"].parse().unwrap();
        let seconds: u64 = asked.query["timeoutSeconds"].parse().unwrap();
        let until = Instant::now() + Duration::from_secs(seconds);
        let (mut state, own_ending) = {
            let mut state = self.lock();
            state.watches += 1;
            let ending = state.endings.0;
            (state, ending)
        };
        let mut last_bookmark = Instant::now();
        let head = "HTTP/1.1 200 X\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        let mut is_open = stream.write_all(head.as_bytes()).is_ok();
        while is_open {
            let gone = state.rows.iter().all(|row| row.1 != plural);
            if gone || Instant::now() > until || state.endings.0 != own_ending {
                let end = if state.endings.0 == own_ending { End::Clean } else { state.endings.1 };
                let half = r#"{"type":"ADDED","object":{"metadata":{"name":"half"#;
                match end {
                    End::Clean => drop(stream.write_all(b"0\r\n\r\n")),
                    End::MidEvent => drop(chunk(stream, half)),
                    End::Garbage => drop(chunk(stream, &format!("{half}\n"))),
                    End::Silent => {
                        state.watches -= 1;
                        drop(state);
                        std::thread::sleep(Duration::from_mins(1));
                        return;
                    }
                }
                break;
            }
            let mut text = String::new();
            if cursor < state.oldest {
                text = format!("{}\n", json!({"type": "ERROR", "object": status(410, "Expired")}));
                let _ = chunk(stream, &text);
                break;
            }
            for (version, own, kind, object) in &state.history {
                let is_here = namespace.is_none_or(|own| object["metadata"]["namespace"] == own);
                if *version > cursor && *own == plural && is_here {
                    let object = cut(object, &asked.head);
                    writeln!(text, "{}", json!({"type": kind, "object": object})).unwrap();
                }
            }
            cursor = cursor.max(state.version);
            if state.bookmarks.is_some_and(|every| last_bookmark.elapsed() > every) {
                let mark = json!({"metadata": {"resourceVersion": cursor.to_string()}});
                writeln!(text, "{}", json!({"type": "BOOKMARK", "object": mark})).unwrap();
                last_bookmark = Instant::now();
            }
            if text.is_empty() {
                state = self.state.1.wait_timeout(state, Duration::from_millis(50)).unwrap().0;
            } else {
                drop(state);
                is_open = chunk(stream, &text).is_ok();
                state = self.lock();
            }
        }
        state.watches -= 1;
    }
}

impl State {
    pub(crate) fn put(&mut self, plural: &'static str, namespace: &str, name: &str, extra: &Value) {
        self.version += 1;
        let key = (namespace.to_owned(), name.to_owned());
        let objects = self.objects.entry(plural).or_default();
        let known = objects.get(&key).map(|old| old["metadata"]["uid"].clone());
        let kind = if known.is_some() { "MODIFIED" } else { "ADDED" };
        let uid = known.unwrap_or_else(|| json!(format!("u{}", self.version)));
        let mut object = json!({"metadata": {"name": name, "uid": uid,
            "resourceVersion": self.version.to_string(), "managedFields": [{"manager": "m"}]}});
        if !namespace.is_empty() {
            object["metadata"]["namespace"] = json!(namespace);
        }
        object.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        objects.insert(key, object.clone());
        self.history.push((self.version, plural, kind, object));
    }

    pub(crate) fn compact(&mut self) {
        self.oldest = self.version;
        self.history.clear();
        self.places.clear();
    }

    pub(crate) fn delete(&mut self, plural: &'static str, namespace: &str, name: &str) {
        let key = (namespace.to_owned(), name.to_owned());
        let Some(mut object) = self.objects.entry(plural).or_default().remove(&key) else { return };
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.history.push((self.version, plural, "DELETED", object));
    }

    /// Namespace, name and resource version of all objects of a resource.
    pub(crate) fn now(&self, plural: &str) -> Vec<(String, String, String)> {
        let objects = self.objects.get(plural).into_iter().flatten();
        let row = |((namespace, name), object): (&(String, String), &Value)| {
            let version = object["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
            (namespace.clone(), name.clone(), version)
        };
        objects.map(row).collect()
    }

    fn find(&self, path: &str) -> Option<(&'static str, Option<String>)> {
        let (group, rest) = match path.strip_prefix("/api/v1/") {
            Some(rest) => ("", rest),
            None => path.strip_prefix("/apis/")?.split_once("/v1/")?,
        };
        let (namespace, plural) = match rest.split('/').collect::<Vec<_>>()[..] {
            ["namespaces", namespace, plural] => (Some(namespace.to_owned()), plural),
            [plural] => (None, plural),
            _ => return None,
        };
        let row = self.rows.iter().find(|row| row.0 == group && row.1 == plural)?;
        Some((row.1, namespace))
    }

    fn list(&mut self, plural: &str, namespace: Option<&str>, asked: &Asked) -> (u16, Value) {
        let (items, sent, version) = if let Some(place) = asked.query.get("continue") {
            if self.faults.lost_places > 0 {
                self.faults.lost_places -= 1;
                self.places.clear();
            }
            match self.places.remove(place) {
                Some(rest) => rest,
                None => return (410, status(410, "Expired")),
            }
        } else {
            let objects = self.objects.get(plural).into_iter().flatten();
            let here = objects.filter(|((own, _), _)| namespace.is_none_or(|wanted| wanted == own));
            (Arc::new(here.map(|(_, object)| object.clone()).collect::<Vec<_>>()), 0, self.version)
        };
        let limit = asked.query.get("limit").map_or(usize::MAX, |limit| limit.parse().unwrap());
        let limit = self.faults.page.map_or(limit, |most| most.min(limit));
        let mut metadata = json!({"resourceVersion": version.to_string()});
        let end = sent.saturating_add(limit).min(items.len());
        if end < items.len() {
            let place = format!("{version}-{plural}-{end}-{}", self.log.len());
            metadata["continue"] = json!(place);
            self.places.insert(place, (items.clone(), end, version));
        }
        let page = &items[sent..end];
        let page: Vec<_> = page.iter().map(|object| cut(object, &asked.head)).collect();
        (200, json!({"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": page}))
    }
}

/// Only the metadata, if that is asked for.
fn cut(object: &Value, head: &str) -> Value {
    if head.contains("as=PartialObjectMetadata") {
        json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
    } else {
        object.clone()
    }
}

/// A write is answered with what was sent; the name decides about refusals.
fn written(asked: &Asked) -> (u16, Value) {
    for (name, code, reason) in [
        ("exists", 409, "AlreadyExists"),
        ("conflict", 409, "Conflict"),
        ("invalid", 422, "Invalid"),
        ("gone", 404, "NotFound"),
        ("expired", 410, "Expired"),
        ("busy", 503, "ServiceUnavailable"),
    ] {
        if asked.path.contains(name) {
            return (code, status(code, reason));
        }
    }
    (200, serde_json::from_str(&asked.body).unwrap())
}

pub(crate) fn status(code: u16, reason: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "code": code, "reason": reason, "message": format!("it is {reason}")})
}

fn discovery(groups: &[&str], rows: &[Row]) -> Value {
    let group = |group: &&str| {
        let rows = rows.iter().filter(|row| row.0 == *group).map(|(_, plural, kind, is_namespaced)| {
            json!({"resource": plural, "responseKind": {"group": "", "version": "", "kind": kind},
                "scope": if *is_namespaced { "Namespaced" } else { "Cluster" }, "verbs": ["list", "watch"]})
        });
        let rows: Vec<_> = rows.collect();
        let version = json!({"version": "v1", "freshness": "Current", "resources": rows});
        (!rows.is_empty()).then(|| json!({"metadata": {"name": group}, "versions": [version]}))
    };
    let items: Vec<_> = groups.iter().filter_map(group).collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items})
}

fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut head = String::new();
    let mut reader = BufReader::new(stream);
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let mut words = head.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query = pairs.map(|(name, value)| (name.to_owned(), value.replace("%3D", "="))).collect();
    let (path, body) = (path.to_owned(), String::from_utf8(body).unwrap());
    Some(Asked { method, path, query, head, body })
}

/// A client that has given up is no failure of the test.
fn answer(stream: &mut TcpStream, code: u16, body: &Value) {
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {code} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nretry-after: 0\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

fn chunk(stream: &mut TcpStream, text: &str) -> std::io::Result<()> {
    write!(stream, "{:x}\r\n{text}\r\n", text.len())?;
    stream.flush()
}
