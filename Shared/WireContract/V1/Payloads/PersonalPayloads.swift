import JSON

/// What gateways tell each other of one user's sessions and sockets, as ``PersonalEvent``s: clients never see it.

/// The data of `session_revoked`: the sockets of this session close with 4401.
public struct SessionRevokedPayload: Sendable, Equatable {
    public var sessionID: String

    public init(sessionID: String) {
        self.sessionID = sessionID
    }

    /// Nil when it is none.
    public init?(decoding bytes: [UInt8]) {
        guard let session = (try? JSONValue(parsing: bytes))?["sid"]?.string else { return nil }
        self.init(sessionID: session)
    }

    public var encoded: [UInt8] {
        var json = JSONWriter(capacity: 64)
        json.field("sid", self.sessionID)
        return json.finish()
    }
}

/// The data of `close_socket`, which `register_socket.lua` makes of a user's oldest sockets, the fields in any order.
public struct CloseSocketPayload: Sendable, Equatable {
    public var gateway: String
    public var socket: String
    /// A close code of applications, 4000 to 4999.
    public var code: UInt16
    public var reason: String

    /// Nil when it is none.
    public init?(decoding bytes: [UInt8]) {
        guard let fields = try? JSONValue.fields(parsing: bytes) else { return nil }
        func field(_ name: String) -> JSONValue? { fields.first { $0.name == name }?.value }
        guard let gateway = field("gateway")?.string, let socket = field("socket")?.string,
            let code = field("code")?.integer, (4_000...4_999).contains(code)
        else { return nil }
        self.gateway = gateway
        self.socket = socket
        self.code = UInt16(code)
        self.reason = field("reason")?.string ?? "closed by the service"
    }
}
