import Directory
import Domain
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import WebSocket

/// Signing in and out.
struct SignInRoutes: RouteGroup {
    let sessions: SessionStore
    /// Proves the owner's tokens; nil where none are accepted.
    let tokens: TokenVerifier?
    let directory: DirectoryReplica
    let writer: DirectoryWriter
    let isDemo: Bool
    let allowedOrigins: [String]

    /// The longest body of a sign-in, in bytes: a token with every claim is far shorter.
    private static let bodyLimit = 16_384

    func add(to router: Router<BasicRequestContext>) {
        router.post("/api/chat/join") { request, _ in try await self.join(request) }
        router.post("/api/chat/leave") { request, _ in try await self.leave(request) }
    }

    private func join(_ request: Request) async throws -> Response {
        try self.checkOrigin(request)
        do {
            let user = try await self.identify(request)
            guard user.isActive else { throw RouteError(.forbidden, "forbidden", "Chat access denied") }
            let session = try await self.sessions.start(for: user.userID)
            GatewayMetrics.signIns.increment()
            var json = JSONWriter()
            json.field("status", "success")
            json.field("message", "Ready to join chat")
            json.field("room_id", RoomID(squad: user.squadID).rawValue)
            json.field("user_data", raw: DirectoryRecord.profile(of: user))
            let cookie = self.sessions.header(for: session, request)
            return .json(json.finish(), headers: [.setCookie: cookie])
        } catch {
            GatewayMetrics.signInsRefused.increment()
            throw error
        }
    }

    private func leave(_ request: Request) async throws -> Response {
        try self.checkOrigin(request)
        if let session = self.sessions.session(fromHeader: request.headers[.cookie]) {
            try await self.sessions.end(session)
        }
        let cookie = self.sessions.header(for: nil, request)
        return .json(Array("{\"status\":\"success\"}".utf8), headers: [.setCookie: cookie])
    }

    // MARK: Who

    /// The user that a token's signature or, in demo mode, the directory vouches for. A body never grants a role.
    private func identify(_ request: Request) async throws -> DirectoryUser {
        let body = try await self.body(request)
        let bearer = request.headers[.authorization].flatMap { header -> String? in
            let parts = header.split(separator: " ")
            return parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : nil
        }
        if let token = bearer ?? body?["token"]?.string {
            guard let tokens = self.tokens else {
                throw RouteError(
                    .unauthorized, "not_authenticated", "Tokens are not accepted here: JWT_ALGORITHM is not set.")
            }
            return try await self.user(by: try await tokens.verify(token))
        }
        guard self.isDemo else {
            throw RouteError(.unauthorized, "not_authenticated", "Sign in with a token: Authorization: Bearer …")
        }
        guard let text = body?["user_id"]?.string, !text.isEmpty else {
            throw RouteError(.badRequest, "invalid_field", "User ID required")
        }
        guard let id = try? UserID(text), let user = self.directory.user(id) else {
            throw RouteError(.notFound, "not_found", "User not found")
        }
        return user
    }

    /// The directory's entry with what the token says newly. A retired user's stays as it is, and signs nobody in.
    private func user(by claims: ProvenClaims) async throws -> DirectoryUser {
        let entry = try await self.writer.update(claims.userID) { present in
            // Redis may have lost an entry that we still know.
            guard let known = present ?? self.directory.user(claims.userID) else { return try claims.user(over: nil) }
            guard known.isActive, known.version < claims.version else { return known }
            return try claims.user(over: known)
        }
        guard let user = entry else { throw RouteError(.forbidden, "forbidden", "Chat access denied") }
        // The next request of this client will ask our copy of the directory.
        for _ in 1...80 where (self.directory.user(user.userID)?.version ?? -1) < user.version {
            try await Task.sleep(for: .milliseconds(25))
        }
        let known = self.directory.user(user.userID) ?? user
        return known.version < user.version ? user : known
    }

    private func body(_ request: Request) async throws -> JSONValue? {
        let bytes: ByteBuffer
        do {
            bytes = try await request.body.collect(upTo: Self.bodyLimit)
        } catch {
            throw RouteError(.contentTooLarge, "frame_too_large", "The body is too long.")
        }
        guard bytes.readableBytes > 0 else { return nil }
        guard let value = try? JSONValue(parsing: bytes.readableBytesView), value.kind == .object else {
            throw RouteError(.badRequest, "bad_json", "The body is not a JSON object.")
        }
        return value
    }

    /// A page elsewhere must not sign a visitor in or out.
    private func checkOrigin(_ request: Request) throws {
        guard let origin = request.headers[.origin] else { return }
        guard OriginRule.allows(origin, host: request.head.authority, self.allowedOrigins) else {
            throw RouteError(.forbidden, "forbidden", "This origin may not sign in; see ALLOWED_ORIGINS.")
        }
    }
}
