//! Heads as Python sees them: read once, and cut into values where these are asked for.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::heads::{self, of, Field, Span};
use crate::lines::{self, Outcome};
use crate::tables::Tables;
use crate::writing::{self, number};

/// Nanoseconds of a millisecond.
const NANOSECONDS: i64 = 1_000_000;

type Answered<'py> = (Bound<'py, PyBytes>, Option<Bound<'py, PyBytes>>, u16, usize);

/// Reads heads, by the names of headers that Python knows.
#[pyclass(frozen)]
pub struct Heads(Arc<Tables>);

#[pymethods]
impl Heads {
    /// Takes the lists; raises ValueError where one cannot be used.
    #[new]
    fn new(
        framing: Vec<Vec<u8>>,
        not_to_backend: Vec<Vec<u8>>,
        not_to_client: Vec<Vec<u8>>,
        logged: Vec<(Vec<u8>, String)>,
        most_headers: usize,
    ) -> PyResult<Self> {
        let tables = Tables::new(
            &framing,
            &not_to_backend,
            &not_to_client,
            logged,
            most_headers,
        );
        Ok(Heads(Arc::new(tables.map_err(PyValueError::new_err)?)))
    }

    /// Returns the head of a request, or None where Python is to read the head.
    fn request(&self, block: Bound<'_, PyBytes>) -> Option<RequestHead> {
        let head = heads::request(block.as_bytes(), &self.0)?;
        Some(RequestHead {
            block: block.unbind(),
            head,
            tables: self.0.clone(),
        })
    }

    /// Returns the head of a request without a body that the data are, or None.
    fn whole_request(&self, data: Bound<'_, PyBytes>, most: usize) -> Option<RequestHead> {
        let head = heads::whole_request(data.as_bytes(), most, &self.0)?;
        Some(RequestHead {
            block: data.unbind(),
            head,
            tables: self.0.clone(),
        })
    }

    /// Returns the head and the body of the response that the data are, or None; mute: Whether
    /// the request was HEAD.
    fn whole_response<'py>(
        &self,
        py: Python<'py>,
        data: Bound<'py, PyBytes>,
        most: usize,
        mute: bool,
    ) -> Option<(ResponseHead, Bound<'py, PyBytes>)> {
        let (head, at) = heads::whole_response(data.as_bytes(), most, mute, &self.0)?;
        let body = PyBytes::new(py, &data.as_bytes()[at..]);
        let block = data.unbind();
        Some((ResponseHead { block, head }, body))
    }

    /// Returns the head of a request that goes straight through, and what a backend gets of it.
    ///
    /// None for all but a whole GET of a client that keeps its connection.
    fn straight_request<'py>(
        &self,
        py: Python<'py>,
        data: Bound<'py, PyBytes>,
        most: usize,
        about_client: &[u8],
    ) -> Option<(RequestHead, Bound<'py, PyBytes>)> {
        let block = data.as_bytes();
        let head = heads::whole_request(block, most, &self.0)?;
        if !head.keeps || of(block, head.method) != b"GET" {
            return None;
        }
        let out = PyBytes::new(py, &writing::to_backend(block, &head, about_client, b""));
        let tables = self.0.clone();
        let block = data.unbind();
        Some((
            RequestHead {
                block,
                head,
                tables,
            },
            out,
        ))
    }

    /// Returns the head of a response, or None where Python is to read the head.
    fn response(&self, block: Bound<'_, PyBytes>) -> Option<ResponseHead> {
        let head = heads::response(block.as_bytes(), &self.0)?;
        Some(ResponseHead {
            block: block.unbind(),
            head,
        })
    }
}

/// The head of a request in its usual spelling.
#[pyclass(frozen)]
pub struct RequestHead {
    block: Py<PyBytes>,
    head: heads::Request,
    tables: Arc<Tables>,
}

impl RequestHead {
    fn cut<'py>(&self, py: Python<'py>, span: Span) -> Bound<'py, PyBytes> {
        PyBytes::new(py, of(self.block.as_bytes(py), span))
    }
}

#[pymethods]
impl RequestHead {
    #[getter]
    fn method<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        self.cut(py, self.head.method)
    }

    #[getter]
    fn target<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        self.cut(py, self.head.target)
    }

    #[getter]
    fn path<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        self.cut(py, self.head.target)
    }

    #[getter]
    fn version(&self) -> &'static str {
        "HTTP/1.1"
    }

    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        headers(py, self.block.as_bytes(py), &self.head.fields)
    }

    #[getter]
    fn authority<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        self.cut(py, self.head.authority)
    }

    #[getter]
    fn length(&self) -> i64 {
        self.head.length
    }

    #[getter]
    fn keeps(&self) -> bool {
        self.head.keeps
    }

    #[getter]
    fn upgrade(&self) -> &'static [u8] {
        b""
    }

    #[getter]
    fn expects_continue(&self) -> bool {
        self.head.expects_continue
    }

    /// Returns the head as a backend gets it; host: For heads without one, which only Python reads.
    fn to_backend<'py>(
        &self,
        py: Python<'py>,
        about_client: &[u8],
        framing: &[u8],
        _host: &[u8],
    ) -> Bound<'py, PyBytes> {
        let block = self.block.as_bytes(py);
        PyBytes::new(
            py,
            &writing::to_backend(block, &self.head, about_client, framing),
        )
    }

    /// Returns what a client gets of the response to a request that goes straight through, the line
    /// of the access log, the status, and the size of the body in bytes.
    ///
    /// None for all but a whole response with a length, of a backend that keeps its connection. The
    /// line is None where Python is to write the line; times are in nanoseconds.
    #[allow(clippy::too_many_arguments)]
    fn straight_answer<'py>(
        &self,
        py: Python<'py>,
        data: &[u8],
        most: usize,
        id: &str,
        began: i64,
        ended: i64,
        https: bool,
        ends: &str,
        tls: &str,
        upstream: &str,
    ) -> Option<Answered<'py>> {
        let (head, at) = heads::whole_response(data, most, false, &self.tables)?;
        if !head.keeps || heads::is_bodiless(head.status) {
            return None;
        }
        let body = &data[at..];
        let mut framing = Vec::with_capacity(40);
        framing.extend_from_slice(b"Content-Length: ");
        number(&mut framing, body.len() as u64, 1);
        framing.extend_from_slice(b"\r\n");
        let out = writing::to_client(data, &head, &framing, body);
        let began = began / NANOSECONDS;
        let took = ended / NANOSECONDS - began;
        let told = Outcome {
            id,
            began,
            took,
            status: head.status,
            sent: body.len() as u64,
            received: 0,
            https,
            ends,
            tls,
            upstream,
            upstream_status: head.status,
            upstream_ms: took,
        };
        let line = lines::line(self.block.as_bytes(py), &self.head, &self.tables, &told);
        let line = line.map(|line| PyBytes::new(py, &line));
        Some((PyBytes::new(py, &out), line, head.status, body.len()))
    }

    /// Returns the line of the access log, or None where Python is to write the line.
    #[allow(clippy::too_many_arguments)]
    fn log_line<'py>(
        &self,
        py: Python<'py>,
        id: &str,
        began: i64,
        took: i64,
        status: u16,
        sent: u64,
        received: u64,
        https: bool,
        ends: &str,
        tls: &str,
        upstream: &str,
        upstream_status: u16,
        upstream_ms: i64,
    ) -> Option<Bound<'py, PyBytes>> {
        let told = Outcome {
            id,
            began,
            took,
            status,
            sent,
            received,
            https,
            ends,
            tls,
            upstream,
            upstream_status,
            upstream_ms,
        };
        let line = lines::line(self.block.as_bytes(py), &self.head, &self.tables, &told)?;
        Some(PyBytes::new(py, &line))
    }

    fn __eq__(&self, py: Python<'_>, other: &RequestHead) -> bool {
        self.block.as_bytes(py) == other.block.as_bytes(py)
    }
}

/// The head of a response in its usual spelling.
#[pyclass(frozen)]
pub struct ResponseHead {
    block: Py<PyBytes>,
    head: heads::Response,
}

#[pymethods]
impl ResponseHead {
    #[getter]
    fn status(&self) -> u16 {
        self.head.status
    }

    #[getter]
    fn reason<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, of(self.block.as_bytes(py), self.head.reason))
    }

    #[getter]
    fn version(&self) -> &'static str {
        "HTTP/1.1"
    }

    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        headers(py, self.block.as_bytes(py), &self.head.fields)
    }

    #[getter]
    fn length(&self) -> i64 {
        self.head.length
    }

    #[getter]
    fn keeps(&self) -> bool {
        self.head.keeps
    }

    #[getter]
    fn upgrade(&self) -> &'static [u8] {
        b""
    }

    /// Returns the head as a client gets it, with the body behind.
    #[pyo3(signature = (framing, body = None))]
    fn to_client<'py>(
        &self,
        py: Python<'py>,
        framing: &[u8],
        body: Option<&[u8]>,
    ) -> Bound<'py, PyBytes> {
        let block = self.block.as_bytes(py);
        let body = body.unwrap_or_default();
        PyBytes::new(py, &writing::to_client(block, &self.head, framing, body))
    }

    fn __eq__(&self, py: Python<'_>, other: &ResponseHead) -> bool {
        self.block.as_bytes(py) == other.block.as_bytes(py)
    }
}

fn headers<'py>(py: Python<'py>, block: &[u8], fields: &[Field]) -> PyResult<Bound<'py, PyTuple>> {
    let pairs = fields.iter().map(|field| {
        (
            PyBytes::new(py, of(block, field.name)),
            PyBytes::new(py, of(block, field.value)),
        )
    });
    PyTuple::new(py, pairs)
}
