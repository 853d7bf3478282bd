//! The tables, written once for both databases; `tests/schema.rs` compares them with what the migrations make.

diesel::table! {
    accounts (id) {
        id -> BigInt,
        public_id -> Text,
        email -> Text,
        email_normal -> Text,
        name -> Text,
        status -> Text,
        password_hash -> Nullable<Text>,
        auth_epoch -> BigInt,
        last_login_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        locale -> Text,
        bio -> Text,
        picture_id -> Nullable<BigInt>,
        time_zone -> Text,
        lock_version -> BigInt,
    }
}

diesel::table! {
    account_roles (account_id, role) {
        account_id -> BigInt,
        role -> Text,
        granted_at -> Timestamp,
    }
}

diesel::table! {
    account_tokens (id) {
        id -> BigInt,
        account_id -> BigInt,
        purpose -> Text,
        token_hash -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        sent_to -> Text,
        browser_hash -> Nullable<Text>,
        code_hash -> Nullable<Text>,
        code_failures -> BigInt,
    }
}

diesel::table! {
    pending_registrations (id) {
        id -> BigInt,
        email -> Text,
        email_normal -> Text,
        name -> Text,
        password_hash -> Text,
        token_hash -> Text,
        return_path -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    account_addresses (id) {
        id -> BigInt,
        public_id -> Text,
        account_id -> BigInt,
        name -> Text,
        company -> Text,
        line1 -> Text,
        line2 -> Text,
        postcode -> Text,
        city -> Text,
        region -> Text,
        country -> Text,
        phone -> Text,
        vat_number -> Text,
        is_delivery_default -> Bool,
        is_billing_default -> Bool,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    account_consents (account_id, kind) {
        account_id -> BigInt,
        kind -> Text,
        given_at -> Timestamp,
        withdrawn_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    totp_factors (account_id) {
        account_id -> BigInt,
        secret -> Text,
        confirmed_at -> Nullable<Timestamp>,
        last_used_step -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    recovery_codes (id) {
        id -> BigInt,
        account_id -> BigInt,
        code_hash -> Text,
        created_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    passkeys (id) {
        id -> BigInt,
        account_id -> BigInt,
        credential_id -> Text,
        credential -> Text,
        name -> Text,
        created_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        token_hash -> Text,
        account_id -> Nullable<BigInt>,
        state -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
        public_id -> Nullable<Text>,
        idle_minutes -> BigInt,
        network -> Text,
        user_agent -> Text,
    }
}

diesel::table! {
    auth_throttles (bucket, key_hash) {
        bucket -> Text,
        key_hash -> Text,
        failures -> BigInt,
        blocked_until -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    jobs (id) {
        id -> BigInt,
        kind -> Text,
        queue -> Text,
        payload -> Text,
        dedupe_key -> Nullable<Text>,
        state -> Text,
        run_at -> Timestamp,
        attempts -> BigInt,
        lease_until -> Nullable<Timestamp>,
        last_error -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    emails (id) {
        id -> BigInt,
        dedupe_key -> Text,
        message_id -> Text,
        recipient -> Text,
        subject -> Text,
        html -> Text,
        body_text -> Text,
        state -> Text,
        order_id -> Nullable<BigInt>,
        created_at -> Timestamp,
        sent_at -> Nullable<Timestamp>,
        reply_to -> Text,
        state_reason -> Text,
    }
}

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    setup_keys (key_hash) {
        key_hash -> Text,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    form_submissions (token_hash) {
        token_hash -> Text,
        body_hash -> Text,
        owner -> Text,
        route -> Text,
        result -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    sequences (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    redirects (id) {
        id -> BigInt,
        from_path -> Text,
        target_kind -> Text,
        target_id -> Nullable<BigInt>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    media (id) {
        id -> BigInt,
        public_id -> Text,
        sha256 -> Text,
        widths -> Text,
        width -> BigInt,
        height -> BigInt,
        byte_size -> BigInt,
        rendition_stage -> Text,
        file_name -> Text,
        alt_text -> Text,
        caption -> Text,
        credit -> Text,
        lock_version -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    posts (id) {
        id -> BigInt,
        public_id -> Text,
        kind -> Text,
        slug -> Text,
        status -> Text,
        title -> Text,
        body_md -> Text,
        body_html -> Text,
        excerpt -> Text,
        auto_excerpt -> Text,
        reading_minutes -> BigInt,
        cover_id -> Nullable<BigInt>,
        cover_alt -> Text,
        cover_caption -> Text,
        feed_guid -> Text,
        author_id -> Nullable<BigInt>,
        author_name -> Text,
        published_at -> Nullable<Timestamp>,
        content_updated_at -> Nullable<Timestamp>,
        lock_version -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    post_words (rowid) {
        rowid -> BigInt,
        words -> Text,
        #[sql_name = "post_words"]
        document -> Text,
    }
}

diesel::table! {
    post_drafts (post_id) {
        post_id -> BigInt,
        title -> Text,
        slug -> Text,
        body_md -> Text,
        excerpt -> Text,
        tags -> Text,
        cover_id -> Nullable<BigInt>,
        cover_alt -> Text,
        edited_by -> Text,
        edited_at -> Timestamp,
    }
}

diesel::table! {
    post_revisions (id) {
        id -> BigInt,
        post_id -> BigInt,
        revision_no -> BigInt,
        reason -> Text,
        author_name -> Text,
        title -> Text,
        slug -> Text,
        body_md -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    post_pictures (post_id, media_id) {
        post_id -> BigInt,
        media_id -> BigInt,
    }
}

diesel::table! {
    tags (id) {
        id -> BigInt,
        slug -> Text,
        name -> Text,
        name_normal -> Text,
    }
}

diesel::table! {
    post_tags (post_id, tag_id) {
        post_id -> BigInt,
        tag_id -> BigInt,
        position -> BigInt,
    }
}

diesel::table! {
    categories (id) {
        id -> BigInt,
        path -> Text,
        title -> Text,
        description -> Text,
        position -> BigInt,
    }
}

diesel::table! {
    products (id) {
        id -> BigInt,
        public_id -> Text,
        slug -> Text,
        title -> Text,
        sort_title -> Text,
        description_md -> Text,
        description_html -> Text,
        attributes -> Text,
        status -> Text,
        tax_class -> Text,
        featured -> Bool,
        gift_card -> Bool,
        published_at -> Nullable<Timestamp>,
        lock_version -> BigInt,
        created_at -> Timestamp,
        cheapest_variant_id -> Nullable<BigInt>,
        min_price_minor -> BigInt,
        max_price_minor -> BigInt,
        variant_count -> BigInt,
    }
}

diesel::table! {
    product_words (rowid) {
        rowid -> BigInt,
        words -> Text,
        #[sql_name = "product_words"]
        document -> Text,
    }
}

diesel::table! {
    search_terms (spelling_key, term) {
        spelling_key -> Text,
        term -> Text,
    }
}

diesel::table! {
    product_categories (product_id, category_id) {
        product_id -> BigInt,
        category_id -> BigInt,
    }
}

diesel::table! {
    product_pictures (product_id, media_id) {
        product_id -> BigInt,
        media_id -> BigInt,
        position -> BigInt,
        alt_text -> Text,
    }
}

diesel::table! {
    product_options (id) {
        id -> BigInt,
        product_id -> BigInt,
        position -> BigInt,
        name -> Text,
    }
}

diesel::table! {
    product_option_values (id) {
        id -> BigInt,
        option_id -> BigInt,
        position -> BigInt,
        name -> Text,
    }
}

diesel::table! {
    variants (id) {
        id -> BigInt,
        public_id -> Text,
        product_id -> BigInt,
        option_key -> Text,
        options -> Text,
        title -> Text,
        sort_title -> Text,
        position -> BigInt,
        for_sale -> Bool,
        sku -> Text,
        sku_normal -> Nullable<Text>,
        barcode -> Text,
        price_minor -> BigInt,
        compare_at_minor -> Nullable<BigInt>,
        currency -> Text,
        weight_g -> BigInt,
    }
}

diesel::table! {
    price_history (id) {
        id -> BigInt,
        variant_id -> BigInt,
        price_minor -> BigInt,
        currency -> Text,
        effective_at -> Timestamp,
    }
}

diesel::table! {
    stock_levels (id) {
        id -> BigInt,
        variant_id -> BigInt,
        on_hand -> BigInt,
        reserved -> BigInt,
        backorder_limit -> BigInt,
        shortage -> BigInt,
        low_stock_threshold -> Nullable<BigInt>,
        available -> BigInt,
        is_low -> Bool,
    }
}

diesel::table! {
    stock_ledger (id) {
        id -> BigInt,
        stock_level_id -> BigInt,
        kind -> Text,
        on_hand_delta -> BigInt,
        reserved_delta -> BigInt,
        reference -> Text,
        actor -> Text,
        note -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    carts (id) {
        id -> BigInt,
        token_hash -> Text,
        status -> Text,
        version -> BigInt,
        updated_at -> Timestamp,
        expires_at -> Timestamp,
        coupon_code -> Text,
        previous_id -> Nullable<BigInt>,
        account_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    cart_lines (id) {
        id -> BigInt,
        cart_id -> BigInt,
        variant_id -> BigInt,
        quantity -> BigInt,
    }
}

diesel::table! {
    tax_rates (id) {
        id -> BigInt,
        public_id -> Text,
        country -> Text,
        region -> Text,
        tax_class -> Text,
        name -> Text,
        rate_ppm -> BigInt,
        applies_to_shipping -> Bool,
        postcode -> Text,
        priority -> BigInt,
        compound -> Bool,
        valid_from -> Text,
        valid_to -> Text,
        lock_version -> BigInt,
    }
}

diesel::table! {
    cache_versions (tag) {
        tag -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    tax_overrides (country) {
        country -> Text,
        lock_version -> BigInt,
        prices_include_tax -> Nullable<Bool>,
        rounding -> Nullable<Text>,
        cross_border -> Nullable<Text>,
    }
}

diesel::table! {
    shipping_methods (id) {
        id -> BigInt,
        public_id -> Text,
        name -> Text,
        countries -> Text,
        price_minor -> BigInt,
        free_over_minor -> Nullable<BigInt>,
        min_weight_g -> BigInt,
        max_weight_g -> Nullable<BigInt>,
        pickup -> Bool,
        position -> BigInt,
        lock_version -> BigInt,
        tier_basis -> Text,
    }
}

diesel::table! {
    shipping_tiers (method_id, from_value) {
        method_id -> BigInt,
        from_value -> BigInt,
        price_minor -> BigInt,
    }
}

diesel::table! {
    coupons (id) {
        id -> BigInt,
        public_id -> Text,
        code -> Text,
        code_normal -> Text,
        kind -> Text,
        value -> BigInt,
        minimum_minor -> Nullable<BigInt>,
        usage_limit -> Nullable<BigInt>,
        per_customer_limit -> Nullable<BigInt>,
        used -> BigInt,
        starts_at -> Nullable<Timestamp>,
        ends_at -> Nullable<Timestamp>,
        active -> Bool,
        lock_version -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    coupon_products (coupon_id, product_id) {
        coupon_id -> BigInt,
        product_id -> BigInt,
    }
}

diesel::table! {
    coupon_categories (coupon_id, category_id) {
        coupon_id -> BigInt,
        category_id -> BigInt,
    }
}

diesel::table! {
    coupon_customer_uses (coupon_id, customer_key) {
        coupon_id -> BigInt,
        customer_key -> Text,
        used -> BigInt,
    }
}

diesel::table! {
    orders (id) {
        id -> BigInt,
        public_id -> Text,
        number -> Nullable<Text>,
        cart_id -> Nullable<BigInt>,
        email -> Text,
        access_hash -> Text,
        state -> Text,
        payment_state -> Text,
        fulfilment_state -> Text,
        review_reason -> Nullable<Text>,
        currency -> Text,
        prices_include_tax -> Bool,
        rounding -> Text,
        goods_minor -> BigInt,
        discount_minor -> BigInt,
        shipping_minor -> BigInt,
        tax_minor -> BigInt,
        tax_added_minor -> BigInt,
        total_minor -> BigInt,
        gift_card_minor -> BigInt,
        captured_minor -> BigInt,
        refunded_minor -> BigInt,
        refunded_shipping_minor -> BigInt,
        payment_method -> Text,
        hold_until -> Nullable<Timestamp>,
        placed_at -> Nullable<Timestamp>,
        cancelled_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        account_id -> Nullable<BigInt>,
        customer_id -> Nullable<BigInt>,
        erased_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    order_words (rowid) {
        rowid -> BigInt,
        words -> Text,
        #[sql_name = "order_words"]
        document -> Text,
    }
}

diesel::table! {
    order_deliveries (order_id) {
        order_id -> BigInt,
        shipping_name -> Text,
        pickup -> Bool,
        note -> Text,
    }
}

diesel::table! {
    order_addresses (order_id, kind) {
        order_id -> BigInt,
        kind -> Text,
        name -> Text,
        company -> Text,
        line1 -> Text,
        line2 -> Text,
        postcode -> Text,
        city -> Text,
        region -> Text,
        country -> Text,
        phone -> Text,
        vat_number -> Text,
        vat_check -> Text,
    }
}

diesel::table! {
    order_lines (id) {
        id -> BigInt,
        order_id -> BigInt,
        position -> BigInt,
        variant_id -> Nullable<BigInt>,
        title -> Text,
        options -> Text,
        sku -> Text,
        picture_id -> Nullable<BigInt>,
        tax_class -> Text,
        weight_g -> BigInt,
        unit_minor -> BigInt,
        quantity -> BigInt,
        discount_minor -> BigInt,
        total_minor -> BigInt,
        tax_minor -> BigInt,
        gift_card -> Bool,
        fulfilled -> BigInt,
        cancelled -> BigInt,
        returned -> BigInt,
        refunded -> BigInt,
        refunded_minor -> BigInt,
    }
}

diesel::table! {
    order_taxes (id) {
        id -> BigInt,
        order_id -> BigInt,
        order_line_id -> Nullable<BigInt>,
        country -> Text,
        region -> Text,
        name -> Text,
        rate_ppm -> BigInt,
        base_minor -> BigInt,
        net_minor -> BigInt,
        tax_minor -> BigInt,
        reason -> Text,
    }
}

diesel::table! {
    events (id) {
        id -> BigInt,
        kind -> Text,
        order_id -> Nullable<BigInt>,
        subject_type -> Text,
        subject_id -> Nullable<BigInt>,
        actor_kind -> Text,
        actor_id -> Nullable<BigInt>,
        actor_name -> Text,
        data -> Text,
        at -> Timestamp,
        network -> Text,
        impersonator_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    reservations (id) {
        id -> BigInt,
        order_line_id -> BigInt,
        stock_level_id -> BigInt,
        quantity -> BigInt,
        shipped -> BigInt,
        state -> Text,
    }
}

diesel::table! {
    payment_attempts (id) {
        id -> BigInt,
        public_id -> Text,
        order_id -> BigInt,
        provider -> Text,
        idempotency_key -> Text,
        amount_minor -> BigInt,
        currency -> Text,
        state -> Text,
        provider_ref -> Nullable<Text>,
        redirect_url -> Nullable<Text>,
        provider_amount -> Nullable<BigInt>,
        captured_minor -> BigInt,
        refund_reserved_minor -> BigInt,
        last_error -> Text,
        expires_at -> Timestamp,
        created_at -> Timestamp,
    }
}

diesel::table! {
    payment_transactions (id) {
        id -> BigInt,
        attempt_id -> BigInt,
        provider -> Text,
        provider_ref -> Text,
        kind -> Text,
        amount_minor -> BigInt,
        currency -> Text,
        provider_amount -> Nullable<BigInt>,
        at -> Timestamp,
    }
}

diesel::table! {
    test_payments (reference) {
        reference -> Text,
        idempotency_key -> Text,
        amount_minor -> BigInt,
        currency -> Text,
        label -> Text,
        state -> Text,
        return_path -> Text,
        declines -> BigInt,
        captured_at -> Nullable<Timestamp>,
        refunded_minor -> BigInt,
    }
}

diesel::table! {
    test_refunds (reference) {
        reference -> Text,
        payment -> Text,
        idempotency_key -> Text,
        amount_minor -> BigInt,
    }
}

diesel::table! {
    coupon_redemptions (coupon_id, order_id) {
        coupon_id -> BigInt,
        order_id -> BigInt,
        customer_key -> Text,
        code -> Text,
        amount_minor -> BigInt,
        state -> Text,
    }
}

diesel::table! {
    gift_cards (id) {
        id -> BigInt,
        public_id -> Text,
        code_hash -> Text,
        last4 -> Text,
        currency -> Text,
        balance_minor -> BigInt,
        expires_at -> Nullable<Timestamp>,
        email -> Text,
        idempotency_key -> Text,
        order_line_id -> Nullable<BigInt>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    gift_card_ledger (id) {
        id -> BigInt,
        gift_card_id -> BigInt,
        order_id -> Nullable<BigInt>,
        kind -> Text,
        delta_minor -> BigInt,
        actor -> Text,
        cause -> Nullable<Text>,
        note -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    cart_gift_cards (cart_id, gift_card_id) {
        cart_id -> BigInt,
        gift_card_id -> BigInt,
    }
}

diesel::table! {
    refunds (id) {
        id -> BigInt,
        public_id -> Text,
        order_id -> BigInt,
        amount_minor -> BigInt,
        tax_minor -> BigInt,
        shipping_minor -> BigInt,
        cause -> Nullable<Text>,
        reason -> Text,
        automatic -> Bool,
        created_by -> Text,
        idempotency_key -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    refund_lines (refund_id, order_line_id) {
        refund_id -> BigInt,
        order_line_id -> BigInt,
        quantity -> BigInt,
        amount_minor -> BigInt,
        tax_minor -> BigInt,
        restocked -> Bool,
    }
}

diesel::table! {
    refund_transactions (id) {
        id -> BigInt,
        public_id -> Text,
        refund_id -> BigInt,
        attempt_id -> Nullable<BigInt>,
        gift_card_id -> Nullable<BigInt>,
        amount_minor -> BigInt,
        state -> Text,
        idempotency_key -> Text,
        provider_ref -> Nullable<Text>,
        last_error -> Text,
    }
}

diesel::table! {
    webhook_inbox (id) {
        id -> BigInt,
        provider -> Text,
        event_id -> Text,
        kind -> Text,
        object_ref -> Text,
        payload -> Text,
        state -> Text,
        attempts -> BigInt,
        outcome -> Text,
        received_at -> Timestamp,
        done_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    fulfilments (id) {
        id -> BigInt,
        public_id -> Text,
        order_id -> BigInt,
        carrier -> Text,
        tracking_number -> Text,
        tracking_url -> Text,
        state -> Text,
        send_count -> BigInt,
        shipped_at -> Timestamp,
    }
}

diesel::table! {
    fulfilment_lines (fulfilment_id, order_line_id) {
        fulfilment_id -> BigInt,
        order_line_id -> BigInt,
        quantity -> BigInt,
    }
}

diesel::table! {
    returns (id) {
        id -> BigInt,
        public_id -> Text,
        order_id -> BigInt,
        state -> Text,
        reason -> Text,
        answer -> Text,
        refund_id -> Nullable<BigInt>,
        created_by -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    return_lines (return_id, order_line_id) {
        return_id -> BigInt,
        order_line_id -> BigInt,
        quantity -> BigInt,
        condition -> Text,
    }
}

diesel::table! {
    invoices (id) {
        id -> BigInt,
        series -> Text,
        number -> BigInt,
        kind -> Text,
        order_id -> BigInt,
        refund_id -> Nullable<BigInt>,
        snapshot -> Text,
        pdf_sha256 -> Nullable<Text>,
        pdf -> Nullable<Binary>,
        issued_at -> Timestamp,
        erased_at -> Nullable<Timestamp>,
        issued_pdf_sha256 -> Nullable<Text>,
    }
}

diesel::table! {
    checkout_throttle_hits (id) {
        id -> BigInt,
        bucket -> Text,
        key_hash -> Text,
        order_id -> Nullable<BigInt>,
        at -> Timestamp,
    }
}

diesel::table! {
    checkout_throttle_keys (bucket, key_hash) {
        bucket -> Text,
        key_hash -> Text,
        seen_at -> Timestamp,
    }
}

diesel::table! {
    identity_providers (id) {
        id -> BigInt,
        public_id -> Text,
        name -> Text,
        issuer -> Text,
        client_id -> Text,
        client_secret -> Nullable<Text>,
        status -> Text,
        lock_version -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    account_identities (id) {
        id -> BigInt,
        account_id -> BigInt,
        issuer -> Text,
        subject -> Text,
        email -> Text,
        created_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    pending_identity_logins (id) {
        id -> BigInt,
        provider_id -> BigInt,
        account_id -> Nullable<BigInt>,
        state_hash -> Text,
        browser_hash -> Text,
        return_path -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    invitations (id) {
        id -> BigInt,
        email -> Text,
        email_normal -> Text,
        name -> Text,
        role -> Text,
        nonce -> Text,
        token_hash -> Text,
        send_count -> BigInt,
        invited_by -> Nullable<BigInt>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        accepted_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    role_permissions (role, permission) {
        role -> Text,
        permission -> Text,
        is_granted -> Bool,
    }
}

diesel::table! {
    customers (id) {
        id -> BigInt,
        public_id -> Text,
        email -> Text,
        email_normal -> Text,
        name -> Text,
        account_id -> Nullable<BigInt>,
        staff_note -> Text,
        lock_version -> BigInt,
        seen_at -> Timestamp,
        created_at -> Timestamp,
    }
}

diesel::table! {
    customer_tags (customer_id, tag) {
        customer_id -> BigInt,
        tag -> Text,
    }
}

diesel::table! {
    erasures (id) {
        id -> BigInt,
        public_id -> Text,
        identifiers -> Text,
        erased_at -> Timestamp,
    }
}

/// Declares the tables that queries can join, and the list of their names.
macro_rules! tables {
    ($($name:ident,)+) => {
        diesel::allow_tables_to_appear_in_same_query!($($name,)+);

        pub const TABLES: &[&str] = &[$(stringify!($name)),+];
    };
}

tables!(
    accounts,
    account_roles,
    account_tokens,
    pending_registrations,
    account_addresses,
    account_consents,
    totp_factors,
    recovery_codes,
    passkeys,
    sessions,
    auth_throttles,
    jobs,
    emails,
    settings,
    setup_keys,
    form_submissions,
    sequences,
    redirects,
    media,
    posts,
    post_words,
    post_drafts,
    post_revisions,
    post_pictures,
    tags,
    post_tags,
    categories,
    products,
    product_words,
    search_terms,
    product_categories,
    product_pictures,
    product_options,
    product_option_values,
    variants,
    price_history,
    stock_levels,
    stock_ledger,
    carts,
    cart_lines,
    tax_rates,
    cache_versions,
    tax_overrides,
    shipping_methods,
    shipping_tiers,
    coupons,
    coupon_products,
    coupon_categories,
    coupon_customer_uses,
    orders,
    order_words,
    order_deliveries,
    order_addresses,
    order_lines,
    order_taxes,
    events,
    reservations,
    payment_attempts,
    payment_transactions,
    test_payments,
    test_refunds,
    coupon_redemptions,
    gift_cards,
    gift_card_ledger,
    cart_gift_cards,
    refunds,
    refund_lines,
    refund_transactions,
    webhook_inbox,
    fulfilments,
    fulfilment_lines,
    returns,
    return_lines,
    invoices,
    checkout_throttle_hits,
    checkout_throttle_keys,
    invitations,
    role_permissions,
    customers,
    customer_tags,
    erasures,
    identity_providers,
    account_identities,
    pending_identity_logins,
);

diesel::joinable!(post_words -> posts (rowid));
diesel::joinable!(product_words -> products (rowid));
diesel::joinable!(order_words -> orders (rowid));
diesel::joinable!(checkout_throttle_hits -> orders (order_id));
diesel::joinable!(cart_lines -> carts (cart_id));
diesel::joinable!(shipping_tiers -> shipping_methods (method_id));
diesel::joinable!(order_deliveries -> orders (order_id));
diesel::joinable!(order_addresses -> orders (order_id));
diesel::joinable!(variants -> products (product_id));
diesel::joinable!(product_options -> products (product_id));
diesel::joinable!(product_option_values -> product_options (option_id));
diesel::joinable!(cart_lines -> variants (variant_id));
diesel::joinable!(stock_levels -> variants (variant_id));
diesel::joinable!(post_tags -> posts (post_id));
diesel::joinable!(post_tags -> tags (tag_id));
diesel::joinable!(product_categories -> products (product_id));
diesel::joinable!(product_categories -> categories (category_id));
diesel::joinable!(product_pictures -> media (media_id));
diesel::joinable!(product_pictures -> products (product_id));
diesel::joinable!(payment_transactions -> payment_attempts (attempt_id));
diesel::joinable!(reservations -> order_lines (order_line_id));
diesel::joinable!(reservations -> stock_levels (stock_level_id));
diesel::joinable!(account_roles -> accounts (account_id));
diesel::joinable!(passkeys -> accounts (account_id));
diesel::joinable!(post_pictures -> media (media_id));
diesel::joinable!(post_pictures -> posts (post_id));
diesel::joinable!(post_drafts -> posts (post_id));
diesel::joinable!(order_lines -> orders (order_id));
diesel::joinable!(payment_attempts -> orders (order_id));
diesel::joinable!(fulfilment_lines -> fulfilments (fulfilment_id));
diesel::joinable!(fulfilment_lines -> order_lines (order_line_id));
diesel::joinable!(fulfilments -> orders (order_id));
diesel::joinable!(refund_transactions -> refunds (refund_id));
diesel::joinable!(refund_lines -> refunds (refund_id));
diesel::joinable!(return_lines -> returns (return_id));
diesel::joinable!(return_lines -> order_lines (order_line_id));
diesel::joinable!(returns -> orders (order_id));
diesel::joinable!(coupon_redemptions -> coupons (coupon_id));
diesel::joinable!(invoices -> orders (order_id));
diesel::joinable!(gift_card_ledger -> gift_cards (gift_card_id));
diesel::joinable!(cart_gift_cards -> gift_cards (gift_card_id));
diesel::joinable!(gift_cards -> order_lines (order_line_id));
diesel::joinable!(customer_tags -> customers (customer_id));
