"""People, spaces, roles, sign-in, sessions, tokens."""

import apps.accounts.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from memweb.tables import CreateModels


class Migration(migrations.Migration):
    initial = True
    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_no_api_tokens'),
        ('accounts', '0003_sign_in_tries'),
        ('accounts', '0004_sessions'),
        ('accounts', '0005_invitations'),
        ('accounts', '0006_propose_implied'),
        ('accounts', '0007_refused_tries'),
        ('accounts', '0008_erased_people_and_questions'),
        ('accounts', '0009_space_heads'),
        ('accounts', '0010_access_tokens'),
        ('accounts', '0011_identities'),
    ]
    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]
    operations = [
        CreateModels([
            migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                    ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                    ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                    ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                    ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                    ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                    ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                    ('erased_at', models.DateTimeField(editable=False, null=True)),
                ],
                options={
                    'verbose_name': 'user',
                    'verbose_name_plural': 'users',
                    'abstract': False,
                    'constraints': [
                        models.UniqueConstraint(django.db.models.functions.text.Lower('username'), name='accounts_user_username_any_case'),
                    ],
                },
                managers=[
                    ('objects', apps.accounts.models.People()),
                ],
            ),
            migrations.CreateModel(
                name='Membership',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('role', models.CharField(choices=[('owner', 'Owner'), ('reviewer', 'Reviewer'), ('asker', 'Asker'), ('auditor', 'Auditor')], max_length=10)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='accounts.space')),
                ],
                options={
                    'ordering': ['user__username', 'role'],
                    'constraints': [
                        models.UniqueConstraint(fields=('space', 'user', 'role'), name='accounts_membership_once'),
                        models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'reviewer', 'asker', 'auditor'])), name='accounts_membership_role_known'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Space',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(max_length=60, unique=True)),
                    ('name', models.CharField(max_length=120)),
                    ('description', models.CharField(blank=True, max_length=500)),
                    ('self_review', models.BooleanField(default=False)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('members', models.ManyToManyField(related_name='spaces', through='accounts.Membership', to=settings.AUTH_USER_MODEL)),
                    ('propose_implied', models.BooleanField(db_default=False, default=False)),
                    ('keep_marked_questions', models.BooleanField(db_default=True, default=True)),
                    ('keep_questions_of_erased', models.BooleanField(db_default=False, default=False)),
                    ('question_days', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(36500)])),
                    ('read_head', models.JSONField(blank=True, db_default={}, default=dict)),
                    ('write_head', models.JSONField(blank=True, db_default={}, default=dict)),
                ],
                options={
                    'ordering': ['name', 'pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('question_days__isnull', True), ('question_days__gte', 1), _connector='OR'), name='accounts_space_question_days_from_one'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='SignInTries',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('device', 'a known browser'), ('pair', 'a name at an address'), ('name', 'a name anywhere'), ('address', 'an address')], max_length=10)),
                    ('key', models.CharField(max_length=200)),
                    ('failures', models.PositiveIntegerField(default=0)),
                    ('last_at', models.DateTimeField(db_index=True)),
                    ('refused', models.PositiveIntegerField(db_default=0, default=0)),
                    ('told_at', models.DateTimeField(null=True)),
                ],
                options={
                    'constraints': [
                        models.UniqueConstraint(fields=('kind', 'key'), name='accounts_signintries_once'),
                        models.CheckConstraint(condition=models.Q(('kind__in', ['device', 'pair', 'name', 'address'])), name='accounts_signintries_kind_known'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Session',
                fields=[
                    ('session_key', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='session key')),
                    ('session_data', models.TextField(verbose_name='session data')),
                    ('expire_date', models.DateTimeField(db_index=True, verbose_name='expire date')),
                    ('started_at', models.DateTimeField()),
                    ('seen_at', models.DateTimeField()),
                    ('address', models.CharField(blank=True, max_length=45)),
                    ('browser', models.CharField(blank=True, max_length=80)),
                    ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-seen_at'],
                },
            ),
            migrations.CreateModel(
                name='Invitation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('digest', models.CharField(max_length=64, unique=True)),
                    ('label', models.CharField(max_length=120)),
                    ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('owner', 'Owner'), ('reviewer', 'Reviewer'), ('asker', 'Asker'), ('auditor', 'Auditor')], max_length=10), size=None)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('expires_at', models.DateTimeField()),
                    ('accepted_at', models.DateTimeField(null=True)),
                    ('revoked_at', models.DateTimeField(null=True)),
                    ('accepted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('space', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='invitations', to='accounts.space')),
                ],
                options={
                    'ordering': ['-pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('digest__regex', '^[0-9a-f]{64}$')), name='accounts_invitation_digest_is_hash'),
                        models.CheckConstraint(condition=models.Q(('roles__contained_by', ['owner', 'reviewer', 'asker', 'auditor']), ('roles__len__gt', 0)), name='accounts_invitation_roles_known'),
                        models.CheckConstraint(condition=models.Q(models.Q(('accepted_at', None), ('accepted_by', None)), models.Q(('accepted_at__isnull', False), ('accepted_by__isnull', False), ('revoked_at', None)), _connector='OR'), name='accounts_invitation_ends_once'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='AccessToken',
                fields=[
                    ('token_key', models.CharField(db_index=True, max_length=25)),
                    ('created', models.DateTimeField(auto_now_add=True)),
                    ('expiry', models.DateTimeField(blank=True, null=True)),
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('digest', models.CharField(max_length=128, unique=True)),
                    ('name', models.CharField(max_length=120)),
                    ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('owner', 'Owner'), ('reviewer', 'Reviewer'), ('asker', 'Asker'), ('auditor', 'Auditor')], max_length=10), default=list, size=None)),
                    ('last_used_at', models.DateTimeField(null=True)),
                    ('revoked_at', models.DateTimeField(null=True)),
                    ('space', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.space')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='auth_token_set', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'ordering': ['-pk'],
                    'constraints': [
                        models.CheckConstraint(condition=models.Q(('roles__contained_by', ['owner', 'reviewer', 'asker', 'auditor'])), name='accounts_token_roles_known'),
                        models.CheckConstraint(condition=models.Q(('expiry__isnull', False)), name='accounts_token_expires'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Identity',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('issuer', models.CharField(max_length=500)),
                    ('subject', models.CharField(max_length=255)),
                    ('created_at', models.DateTimeField(auto_now_add=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identities', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [
                        models.UniqueConstraint(fields=('issuer', 'subject'), name='accounts_identity_once'),
                        models.UniqueConstraint(fields=('user', 'issuer'), name='accounts_identity_one_each'),
                    ],
                },
            ),
        ]),
    ]
