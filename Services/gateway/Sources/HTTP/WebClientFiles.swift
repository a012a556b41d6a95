import Cryptography
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The page and its modules, served from memory as they lay in the folder at the start. A request is looked up among
/// their names and never becomes a path, so no request can reach another file.
struct WebClientFiles: Sendable {
    /// The longest file and the most bytes that are kept.
    private static let fileLimit = 8 << 20
    private static let totalLimit = 64 << 20

    private struct File: Sendable {
        let bytes: ByteBuffer
        let type: String
        let etag: String
    }

    /// Why the page cannot be served.
    struct FolderError: Error, CustomStringConvertible {
        let description: String
    }

    private let files: [String: File]

    init(folder: String) throws {
        let root = URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL
        // An enumerator of a folder that is not there lists nothing, and does not complain.
        guard (try? FileManager.default.contentsOfDirectory(atPath: root.path)) != nil,
            let names = FileManager.default.enumerator(atPath: root.path)
        else { throw FolderError(description: "WEB_ROOT: \(folder) is no folder that can be read") }
        var files: [String: File] = [:]
        var total = 0
        for case let name as String in names {
            let url = root.appendingPathComponent(name)
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue,
                !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }),
                let type = Self.types[url.pathExtension.lowercased()]
            else { continue }
            let data = try Data(contentsOf: url)
            total += data.count
            guard data.count <= Self.fileLimit, total <= Self.totalLimit else {
                throw FolderError(description: "WEB_ROOT: \(name) is too large to be part of a page")
            }
            let digest = Cryptography.Digest.sha256([UInt8](data))
            files["/" + name] = File(
                bytes: ByteBuffer(bytes: data), type: type, etag: "\"\(Base64URL.encode(Array(digest.prefix(12))))\"")
        }
        guard files["/index.html"] != nil else {
            throw FolderError(description: "WEB_ROOT: \(folder) holds no page: index.html is missing")
        }
        self.files = files
    }

    /// - Returns: `nil` when there is no such file.
    func response(to request: Request, at address: String) -> Response? {
        var path = address
        if path.hasSuffix("/") { path += "index.html" }
        guard let file = self.files[path] else { return nil }
        var headers: HTTPFields = [
            .contentType: file.type, .eTag: file.etag,
            .cacheControl: "no-cache",  // stored, and asked about every time: a new release is seen at once
        ]
        let known = (request.headers[.ifNoneMatch] ?? "").split(separator: ",")
        if known.contains(where: { $0.drop { $0 == " " }.trimmingPrefix("W/") == file.etag }) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentLength] = String(file.bytes.readableBytes)
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.bytes))
    }

    private static let types = [
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "mjs": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "json": "application/json",
        "webmanifest": "application/manifest+json", "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg",
        "jpeg": "image/jpeg", "webp": "image/webp", "ico": "image/x-icon", "woff2": "font/woff2",
        "txt": "text/plain; charset=utf-8", "mp3": "audio/mpeg", "ogg": "audio/ogg",
    ]
}
