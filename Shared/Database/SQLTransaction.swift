import GRDB

/// The database inside one transaction. Valid only in the closure that receives it.
public struct SQLTransaction {
    let connection: GRDB.Database

    /// Runs one statement that answers with no rows.
    ///
    /// - Parameter arguments: One for each `?`.
    /// - Returns: How many rows were inserted, changed or deleted.
    @discardableResult
    public func execute(_ sql: String, _ arguments: [SQLValue] = []) throws(SQLError) -> Int {
        try translated {
            let before = self.connection.totalChangesCount
            let statement = try self.connection.cachedStatement(sql: sql)
            try statement.bind(arguments)
            try statement.execute()
            return self.connection.totalChangesCount - before
        }
    }

    /// All rows of an answer; for a long one use ``forEach(_:_:_:)``.
    public func query(_ sql: String, _ arguments: [SQLValue] = []) throws(SQLError) -> [SQLRow] {
        var rows = [SQLRow]()
        try self.forEach(sql, arguments) { rows.append($0) }
        return rows
    }

    /// The first row of an answer, or `nil`.
    public func first(_ sql: String, _ arguments: [SQLValue] = []) throws(SQLError) -> SQLRow? {
        try translated { () throws -> SQLRow? in
            let cursor = try self.cursor(sql, arguments)
            guard try cursor.rows.next() != nil else { return nil }
            return SQLRow(columns: cursor.columns, values: cursor.statement.row)
        }
    }

    /// Hands out the rows one by one, without holding them all.
    public func forEach(
        _ sql: String, _ arguments: [SQLValue] = [], _ body: (SQLRow) throws -> Void
    ) throws(SQLError) {
        try translated {
            let cursor = try self.cursor(sql, arguments)
            while try cursor.rows.next() != nil {
                try body(SQLRow(columns: cursor.columns, values: cursor.statement.row))
            }
        }
    }

    private func cursor(
        _ sql: String, _ arguments: [SQLValue]
    ) throws -> (rows: RowCursor, statement: Statement, columns: [String: Int]) {
        let statement = try self.connection.cachedStatement(sql: sql)
        try statement.bind(arguments)
        let rows = try Row.fetchCursor(statement)
        var columns = [String: Int]()
        for (index, name) in statement.columnNames.enumerated() where columns[name] == nil { columns[name] = index }
        return (rows, statement, columns)
    }
}
